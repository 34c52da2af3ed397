// The rows that pass the filters, the one that is being read, and their way out as a file.

import { css, slotColour } from "../colours";
import { isCut } from "../data";
import { count, h, icon, ICONS, plural, replace } from "../dom";
import { toCsv, toJson } from "../exporting";
import { Grid } from "../grid";
import { highlighted, snippet } from "../search";
import type { Store } from "../store";
import type { Panel } from "./panel";

const ROW = 78;

export function rowsPanel(store: Store): Panel {
  const { data } = store;
  const total = h("span", { class: "total" });
  const reader = h("div", { class: "card reader", hidden: true });
  const grid = new Grid({
    label: "Rows",
    className: "rows",
    head: [h("div", {}, "Row"), h("div", {}, "Instruction")],
    rowHeight: ROW,
    cells: (row) => cells(store.shown[row]),
    activate: (row) => store.read(store.shown[row]),
    selected: (row) => store.shown[row] === store.row,
  });

  const tags = (point: number): HTMLElement =>
    h(
      "div",
      { class: "tags" },
      ...data.groupings.map(({ members, groups, one }) => {
        const group = groups[members[point]];
        const dot = h("i", { class: "dot" });
        dot.style.background = css(slotColour(group?.slot ?? -1, store.theme));
        return h("span", { class: "tag" }, dot, h("bdi", {}, group?.name ?? `no ${one}`));
      }),
    );

  const cells = (point: number): HTMLElement[] => [
    h("div", { class: "number" }, count(data.row[point])),
    h("div", {}, h("p", { dir: "auto" }, ...highlighted(snippet(data.text[point], store.query), store.query)), tags(point)),
  ];

  function refresh(stay = false): void {
    total.textContent = store.filtered ? `${count(store.shown.length)} of ${plural(store.n, "row", "rows")}` : plural(store.n, "row", "rows");
    for (const button of downloads) button.disabled = !store.shown.length;
    grid.show(store.shown.length, stay);
  }

  function read(): void {
    reader.hidden = store.row < 0;
    const place = store.shown.indexOf(store.row);
    if (store.row >= 0) {
      const close = h("button", { type: "button", class: "tool", title: "Close", "aria-label": "Close", click: () => store.read(-1) }, icon(ICONS.close));
      const text = data.text[store.row];
      replace(
        reader,
        h("header", {}, h("h2", {}, `Row ${count(data.row[store.row])}`), close),
        h("p", { class: "text", dir: "auto" }, ...highlighted(text, store.query)),
        isCut(text) ? h("p", { class: "muted" }, "The page holds the beginning of each text; the rest is in the source.") : null,
        tags(store.row),
      );
    }
    if (place >= 0) grid.reveal(place);
    else grid.show(store.shown.length, true);
  }

  const download = (name: string, type: string, make: (store: Store) => string): HTMLButtonElement =>
    h(
      "button",
      {
        type: "button",
        class: "download",
        title: `Save the numbers, groups and texts of these rows as ${name}`,
        click: () => {
          const link = h("a", { href: URL.createObjectURL(new Blob([make(store)], { type })), download: `rows.${name.toLowerCase()}` });
          link.click();
          setTimeout(() => URL.revokeObjectURL(link.href), 1000);
        },
      },
      icon(ICONS.down),
      name,
    );
  const downloads = [download("CSV", "text/csv", toCsv), download("JSON", "application/json", toJson)];

  store.on("filter", () => {
    refresh();
    read();
  });
  store.on("theme", () => refresh(true));
  store.on("row", read);
  refresh();
  const element = h("div", {}, h("div", { class: "bar-top" }, total, ...downloads), grid.element, reader);
  return { id: "rows", title: "Rows", element, badge: () => count(store.shown.length) };
}
