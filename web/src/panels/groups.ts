// The table of clusters, or of tasks: name, size and share of each, and what is known of the one that is chosen.

import { css, slotColour } from "../colours";
import type { Group, Grouping } from "../data";
import { count, h, icon, ICONS, percent, replace } from "../dom";
import { Grid } from "../grid";
import type { TaskMap } from "../map";
import type { Store } from "../store";
import type { Panel } from "./panel";

type Order = "size" | "name";

export function groupsPanel(store: Store, map: TaskMap, grouping: Grouping): Panel {
  const { key, groups, many } = grouping;
  const points = new Int32Array(groups.length);
  for (const group of grouping.members) if (group >= 0) points[group]++;
  let order: Order = "size";
  let listed: number[] = [];

  const card = h("div", { class: "card", hidden: true });
  const sorter = (by: Order, title: string): HTMLElement => {
    const button = h("button", { type: "button", class: "sorter", "aria-label": `Sort by ${title.toLowerCase()}` }, title);
    button.addEventListener("click", () => {
      order = by;
      refresh();
    });
    return h("div", { "data-sort": by }, button);
  };
  const head = [h("div", {}), sorter("name", grouping.title), sorter("size", "Rows")];
  const grid = new Grid({
    label: grouping.title,
    className: "groups",
    head,
    rowHeight: groups.some((group) => group.terms?.length) ? 58 : 40,
    cells: (row) => cells(listed[row]),
    activate: (row, event) => {
      const group = listed[row];
      const together = event.ctrlKey || event.metaKey || event.shiftKey || (event instanceof KeyboardEvent && event.key === " ");
      store.toggle(key, group, together);
      const chosen = store.chosen.get(key)!;
      if (chosen.size) map.showGroups(key, chosen);
    },
    glance: (row) => store.glance(key, row < 0 ? -1 : listed[row]),
    selected: (row) => store.chosen.get(key)!.has(listed[row]),
  });

  function cells(number: number): HTMLElement[] {
    const group = groups[number];
    const narrowed = store.narrowedBeside(key);
    const shown = narrowed ? store.facets.get(key)![number] : group.size;
    const share = narrowed ? shown / Math.max(1, points[number]) : group.size / Math.max(1, groups[0].size);
    const bar = h("i", {});
    bar.style.width = `${100 * share}%`;
    bar.style.background = css(slotColour(group.slot, store.theme));
    const small = narrowed ? `of ${count(points[number])}` : percent(group.size / store.data.rows);
    return [
      h("div", {}, dot(group, store)),
      h("div", { class: "names" }, h("b", { dir: "auto", title: group.name }, group.name), group.terms?.length ? h("span", { class: "terms", dir: "auto" }, group.terms.join(" · ")) : null),
      h("div", { class: "sizes" }, h("span", {}, h("b", {}, count(shown)), h("small", {}, small)), h("span", { class: "bar" }, bar)),
    ];
  }

  // The table stays where it is as long as it lists the same groups: then only figures have changed.
  function refresh(): void {
    const facets = store.facets.get(key)!;
    const narrowed = store.narrowedBeside(key);
    const weight = (number: number): number => (narrowed ? facets[number] : groups[number].size);
    const before = listed.join();
    listed = groups.map((_, number) => number).filter((number) => weight(number) > 0 || store.chosen.get(key)!.has(number));
    if (order === "name") listed.sort((p, q) => groups[p].name.localeCompare(groups[q].name, "en") || p - q);
    else listed.sort((p, q) => weight(q) - weight(p) || p - q);
    for (const cell of head) if (cell.dataset.sort) cell.setAttribute("aria-sort", cell.dataset.sort !== order ? "none" : order === "name" ? "ascending" : "descending");
    grid.show(listed.length, before === listed.join());
    showCard();
  }

  function showCard(): void {
    const chosen = [...store.chosen.get(key)!];
    card.hidden = chosen.length !== 1 || chosen[0] < 0; // there is nothing to tell of what is in no group
    if (card.hidden) return;
    const group = groups[chosen[0]];
    const zoom = h("button", { type: "button", class: "tool", title: "Show it on the map", "aria-label": "Show it on the map", click: () => map.showGroups(key, new Set(chosen)) }, icon(ICONS.target));
    const close = h("button", { type: "button", class: "tool", title: `Show all ${many}`, "aria-label": `Show all ${many}`, click: () => store.choose(key, []) }, icon(ICONS.close));
    replace(
      card,
      h("header", {}, dot(group, store), h("h2", { dir: "auto" }, group.name), zoom, close),
      h("p", { class: "muted" }, `${count(group.size)} rows, ${percent(group.size / Math.max(1, store.data.rows))} of all`),
      group.terms?.length ? termChips(group.terms) : null,
      group.typical?.length ? h("h3", {}, "Typical") : null,
      group.typical?.length ? examples(group.typical) : null,
    );
  }

  const termChips = (terms: string[]): HTMLElement =>
    h("div", { class: "term-chips" }, ...terms.map((term) => h("button", { type: "button", dir: "auto", title: `Search for “${term}”`, click: () => store.search(`"${term}"`) }, term)));

  const examples = (typical: number[]): HTMLElement =>
    h("ol", { class: "examples" }, ...typical.map((point) => h("li", {}, h("button", { type: "button", dir: "auto", click: () => store.read(point) }, store.data.text[point]))));

  store.on("filter", refresh);
  store.on("theme", refresh);
  refresh();
  const empty = h("p", { class: "empty" }, `There are no ${many}.`);
  return { id: key, title: grouping.title, element: h("div", {}, card, groups.length ? grid.element : empty), badge: () => count(groups.length) };
}

function dot(group: Group, store: Store): HTMLElement {
  const mark = h("i", { class: "dot" });
  mark.style.background = css(slotColour(group.slot, store.theme));
  return mark;
}
