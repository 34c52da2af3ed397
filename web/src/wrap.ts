const LINE = 22; // letters on a line, about
const LINES = 2;

// Breaks a name into at most two lines at spaces, as even as may be, and cuts what is longer.
export function wrap(name: string): string[] {
  const words = name.split(/\s+/).filter(Boolean);
  const kept: string[] = [];
  while (words.length && [...kept, words[0]].join(" ").length <= LINES * LINE) kept.push(words.shift()!);
  if (!kept.length && words.length) return [`${[...words[0]].slice(0, LINE).join("")}…`];
  const line = kept.join(" ") + (words.length ? "…" : "");
  if (line.length <= LINE) return [line];
  const breaks = [...line.matchAll(/ /g)].map(({ index }) => index);
  const middle = breaks.sort((p, q) => Math.abs(2 * p - line.length) - Math.abs(2 * q - line.length))[0];
  return middle === undefined ? [line] : [line.slice(0, middle), line.slice(middle + 1)];
}
