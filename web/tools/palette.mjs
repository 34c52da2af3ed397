// Finds the colours in src/palette.json. `node tools/palette.mjs` writes that file; the same colours come out each time.
//
// 20 colours are moved about in OKLCH (simulated annealing, seeded) until the two most alike differ as much as they can,
// where difference is the OKLab distance, and the smallest of three counts: as seen by most people, and, a little
// favoured, by people with protanopia and with deuteranopia (Machado, Oliveira and Fernandes, 2009, full severity).
// Lightness and chroma are held in a band, so that no colour shouts and each can be seen on white and on near-black.
// Then they are ordered so that every beginning of the list is as well apart as it can be.

import { writeFileSync } from "node:fs";

const COUNT = 20;
const LIGHTNESS = [0.48, 0.76];
const CHROMA = [0.08, 0.165];
const STEPS = 60000;
const FAVOUR = 1.5;

const random = (() => {
  let state = 20240607;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
})();

const toLinear = ([L, C, H]) => {
  const a = C * Math.cos(H), b = C * Math.sin(H);
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
};
const toLab = ([r, g, b]) => {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
};
const encode = (v) => (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055);
const MACHADO = [
  [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
];
const seenWith = (matrix, rgb) => matrix.map((row) => Math.max(0, Math.min(1, row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2])));

const views = (lch) => {
  const rgb = toLinear(lch);
  return [toLab(rgb), ...MACHADO.map((matrix) => toLab(seenWith(matrix, rgb)))];
};
const inGamut = (lch) => toLinear(lch).every((v) => v >= 0 && v <= 1);
const distance = (p, q) => Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
const apart = (p, q) => Math.min(distance(p[0], q[0]), FAVOUR * distance(p[1], q[1]), FAVOUR * distance(p[2], q[2]));
const clamp = (v, [low, high]) => Math.max(low, Math.min(high, v));

const fresh = () => {
  for (;;) {
    const lch = [
      LIGHTNESS[0] + random() * (LIGHTNESS[1] - LIGHTNESS[0]),
      CHROMA[0] + random() * (CHROMA[1] - CHROMA[0]),
      random() * 2 * Math.PI,
    ];
    if (inGamut(lch)) return lch;
  }
};

const colours = Array.from({ length: COUNT }, fresh);
const seen = colours.map(views);
const strain = (index, view) => {
  let sum = 0;
  for (let other = 0; other < COUNT; other++) if (other !== index) sum += apart(view, seen[other]) ** -6;
  return sum;
};
for (let step = 0; step < STEPS; step++) {
  const heat = 1 - step / STEPS;
  const index = Math.floor(random() * COUNT);
  const [L, C, H] = colours[index];
  const moved = [
    clamp(L + (random() - 0.5) * 0.2 * heat, LIGHTNESS),
    clamp(C + (random() - 0.5) * 0.1 * heat, CHROMA),
    H + (random() - 0.5) * 2 * heat,
  ];
  if (!inGamut(moved)) continue;
  const view = views(moved);
  const change = Math.log(strain(index, view)) - Math.log(strain(index, seen[index]));
  if (change < 0 || random() < Math.exp(-change / (0.5 * heat + 1e-6))) {
    colours[index] = moved;
    seen[index] = view;
  }
}

const hex = (lch) => "#" + toLinear(lch).map((v) => Math.round(encode(v) * 255).toString(16).padStart(2, "0")).join("");
// The first is the bluest: a map with one cluster should look calm.
const order = [colours.map((c, i) => [Math.abs(c[2] % (2 * Math.PI) + (c[2] < 0 ? 2 * Math.PI : 0) - 4.4), i]).sort((a, b) => a[0] - b[0])[0][1]];
while (order.length < COUNT) {
  let best = -1, far = -1;
  for (let i = 0; i < COUNT; i++) {
    if (order.includes(i)) continue;
    const near = Math.min(...order.map((j) => apart(seen[i], seen[j])));
    if (near > far) [best, far] = [i, near];
  }
  order.push(best);
}
const nearest = (count, kind) => {
  let least = Infinity;
  for (let i = 0; i < count; i++) for (let j = 0; j < i; j++) least = Math.min(least, distance(seen[order[i]][kind], seen[order[j]][kind]));
  return least.toFixed(3);
};
// On near-black the same colours stand a little lighter; chroma gives way where the screen cannot show it.
const lifted = ([L, C, H]) => {
  let lch = [0.36 + 0.6 * L, C, H];
  while (!inGamut(lch)) lch = [lch[0], lch[1] * 0.97, H];
  return lch;
};
const palette = { light: order.map((i) => hex(colours[i])), dark: order.map((i) => hex(lifted(colours[i]))) };
writeFileSync(new URL("../src/palette.json", import.meta.url), JSON.stringify(palette, null, 1) + "\n");
for (const count of [5, 8, 12, 20])
  console.log(`first ${count}: least distance ${nearest(count, 0)}, protanopia ${nearest(count, 1)}, deuteranopia ${nearest(count, 2)}`);
