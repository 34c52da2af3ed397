// Where the map came from, how long each stage took, and the keys.

import { EXCERPT } from "../data";
import { count, h, percent, plural, seconds } from "../dom";
import type { Store } from "../store";
import type { Panel } from "./panel";

const KEYS: [string, string][] = [
  ["/", "search"],
  ["Esc", "clear the filters"],
  ["← ↑ ↓ →", "move the map, or go through a table"],
  ["+  −  0", "zoom in, zoom out, show the whole map"],
  ["Enter", "choose the row of a table"],
  ["Space", "add it to what is chosen (or Ctrl and click)"],
  ["Shift + drag", "select a region of the map"],
];

export function aboutPanel(store: Store): Panel {
  const { data } = store;
  const facts: [string, string][] = [
    ["Source", data.source],
    ["Recognised as", data.recognised],
    ["Rows", count(data.rows)],
    ["Set aside", data.rejected ? `${plural(data.rejected, "row", "rows")} that could not be read` : "none"],
    ["Encoder", data.encoder],
    ...data.groupings.map(({ title, groups }): [string, string] => [title, count(groups.length)]),
  ];
  const without = data.groupings[0].members.filter((group) => group < 0).length;
  if (without) facts.push(["In no cluster", `${plural(without, "row", "rows")}, ${percent(without / data.shown)} of those shown`]);
  if (data.shown < data.rows)
    facts.push(["Shown", `${plural(data.shown, "point", "points")}: a random sample. Sizes in the tables count all ${count(data.rows)} rows; search and filters work on the sample.`]);
  const element = h(
    "div",
    { class: "about" },
    h("dl", { class: "facts" }, ...facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", { dir: "auto" }, value)])),
    data.stages.length ? h("h3", {}, "Time") : null,
    data.stages.length ? stages(data.stages) : null,
    h("h3", {}, "Reading the map"),
    h("p", {}, "Each point is an instruction. Instructions that ask for like things lie close together; distances between far groups mean little. Names stand where their group is densest."),
    h("h3", {}, "Search"),
    h("p", {}, `All words must occur; “quotes” keep words together; -word leaves texts out. Case and accents do not matter. The page holds, and searches, the first ${EXCERPT} characters of each text.`),
    h("h3", {}, "Keys"),
    h("dl", { class: "keys" }, ...KEYS.flatMap(([keys, does]) => [h("dt", {}, h("kbd", {}, keys)), h("dd", {}, does)])),
  );
  return { id: "about", title: "About", element };
}

function stages(times: [string, number][]): HTMLElement {
  const longest = Math.max(...times.map(([, time]) => time), 1e-9);
  return h(
    "dl",
    { class: "stages" },
    ...times.flatMap(([name, time]) => {
      const bar = h("i", {});
      bar.style.width = `${Math.max(0.5, (100 * time) / longest)}%`;
      return [h("dt", {}, name), h("dd", {}, h("span", { class: "bar" }, bar), h("span", { class: "time" }, seconds(time)))];
    }),
  );
}
