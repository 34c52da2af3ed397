import assert from "node:assert/strict";
import { test } from "node:test";
import { inkColour, slotColour } from "../src/colours.ts";
import { EXCERPT, isCut } from "../src/data.ts";
import { seconds } from "../src/dom.ts";
import { cell } from "../src/exporting.ts";
import { inside, PointGrid } from "../src/hit.ts";
import { Labels } from "../src/labels.ts";
import { wrap } from "../src/wrap.ts";

let state = 1;
const random = () => (state = (state * 48271) % 2147483647) / 2147483647;

test("the grid finds the same nearest point as looking at all of them", () => {
  const xy = Float32Array.from({ length: 4000 }, random);
  const passing = Uint8Array.from({ length: 2000 }, () => Number(random() < 0.7));
  const grid = new PointGrid(xy);
  for (let trial = 0; trial < 500; trial++) {
    const [x, y, radius] = [random() * 1.2 - 0.1, random() * 1.2 - 0.1, random() * 0.05];
    let best = -1;
    let least = radius * radius;
    for (let i = 0; i < 2000; i++) {
      const distance = (xy[2 * i] - x) ** 2 + (xy[2 * i + 1] - y) ** 2;
      if (passing[i] && distance <= least) [best, least] = [i, distance];
    }
    assert.equal(grid.nearest(x, y, radius, passing), best);
  }
});

test("points inside a drawn outline, a dent in it left out", () => {
  const dented = [[0, 0], [1, 0], [1, 1], [0.5, 0.5], [0, 1]];
  assert.deepEqual([...inside(dented, Float32Array.of(0.5, 0.2, 0.5, 0.9, 0.1, 0.8, 2, 2))], [1, 0, 1, 0]);
});

test("names break evenly into at most two lines", () => {
  assert.deepEqual(wrap("write|poem"), ["write|poem"]);
  assert.deepEqual(wrap("Write a poem about the sea"), ["Write a poem", "about the sea"]);
  for (const name of ["x".repeat(10000), "word ".repeat(500), "👩‍👩‍👧‍👦".repeat(100), "a b"]) {
    const lines = wrap(name);
    assert.ok(lines.length <= 2);
    for (const line of lines) assert.ok([...line].length <= 45, line);
  }
  assert.ok(wrap("word ".repeat(500)).at(-1).endsWith("…"));
});

test("a cell of a table of values is a text, never a formula", () => {
  assert.equal(cell("=1+1"), "'=1+1");
  assert.equal(cell('say "a, b"'), '"say ""a, b"""');
  assert.equal(cell("two\nlines"), '"two\nlines"');
  assert.equal(cell(null), "");
  assert.equal(cell(3), "3");
});

test("sixty slots have sixty colours in each theme, and their ink can be read", () => {
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  for (const [theme, ground] of [["light", [252, 252, 251]], ["dark", [15, 18, 22]]]) {
    const colours = Array.from({ length: 60 }, (_, slot) => slotColour(slot, theme).join());
    assert.equal(new Set(colours).size, 60);
    for (let slot = -1; slot < 60; slot++) {
      const [low, high] = [luminance(inkColour(slot, theme)), luminance(ground)].sort((p, q) => p - q);
      assert.ok((high + 0.05) / (low + 0.05) >= 7, `ink of slot ${slot}, ${theme}`);
    }
  }
});

test("a time never has sixty seconds", () => {
  const told = [0, 3.46, 12.4, 89.4, 89.7, 119.4, 119.7, 3599.8].map(seconds);
  assert.deepEqual(told, ["0.0 s", "3.5 s", "12 s", "89 s", "1 min 30 s", "1 min 59 s", "2 min 0 s", "60 min 0 s"]);
});

test("a text is cut at so many characters, of whatever kind, or a few less where spaces were", () => {
  for (const kept of ["x".repeat(EXCERPT - 1), `🎵${"x".repeat(EXCERPT - 2)}`, "🎵".repeat(EXCERPT - 1), "x".repeat(EXCERPT - 4)]) assert.ok(isCut(`${kept}…`), kept);
  for (const whole of ["x".repeat(EXCERPT), "And so on…", `${"🎵".repeat(EXCERPT / 2)}…`]) assert.ok(!isCut(whole), whole);
});

test("names of any number of groups", () => {
  const many = 300000;
  globalThis.document = { createElement: () => ({ getContext: () => ({ measureText: () => ({ width: 50 }) }) }) };
  const weights = new Int32Array(many);
  weights[many - 1] = 1;
  const group = { name: "a name", x: 0, y: 0, size: 1, slot: 0 };
  const grouping = { key: "task", title: "Tasks", one: "task", many: "tasks", members: Int32Array.of(many - 1), groups: new Array(many).fill(group) };
  assert.doesNotThrow(() => new Labels({ clientWidth: 1000 }).set(grouping, weights, "light"));
  delete globalThis.document;
});
