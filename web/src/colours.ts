// Colours of groups. A slot is hue + 20 × shade (src/taskscape/report/placement.py); the hues are found by
// tools/palette.mjs. The three shades are the hue itself, a darker and a paler one.

import palette from "./palette.json";
import type { Theme } from "./store";

export type Rgb = [number, number, number];

const HUES = palette.light.length;
const GREY: Record<Theme, Rgb> = { light: [156, 161, 169], dark: [104, 111, 122] };
const FADED: Record<Theme, [number, number, number, number]> = { light: [150, 156, 166, 46], dark: [128, 138, 152, 40] };

export const faded = (theme: Theme): [number, number, number, number] => FADED[theme];

export function slotColour(slot: number, theme: Theme): Rgb {
  if (slot < 0) return GREY[theme];
  const base = parse(palette[theme][slot % HUES]);
  const shade = Math.floor(slot / HUES) % 3;
  if (shade === 0) return base;
  const [L, a, b] = toLab(base);
  return shade === 1 ? fromLab(L - 0.12, a * 0.95, b * 0.95) : fromLab(L + 0.07, a * 0.6, b * 0.6);
}

// The same hue as writing: dark enough on light ground, light enough on dark.
export function inkColour(slot: number, theme: Theme): Rgb {
  const [, a, b] = toLab(slotColour(slot, theme));
  const chroma = Math.hypot(a, b) || 1;
  const keep = Math.min(1, 0.1 / chroma);
  return fromLab(theme === "light" ? 0.38 : 0.87, a * keep, b * keep);
}

export const css = ([r, g, b]: Rgb): string => `rgb(${r} ${g} ${b})`;

function parse(hex: string): Rgb {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as Rgb;
}

const decode = (v: number): number => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
const encode = (v: number): number => Math.round(255 * Math.min(1, Math.max(0, v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055)));

function toLab(rgb: Rgb): [number, number, number] {
  const [r, g, b] = rgb.map((v) => decode(v / 255));
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromLab(L: number, a: number, b: number): Rgb {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    encode(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    encode(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    encode(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}
