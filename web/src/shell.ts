// Everything around the map and the panels: heading, theme, search box, chips of the filters, tabs, keys of the page.

import { EXCERPT } from "./data";
import { count, byId, h, icon, ICONS, plural, replace, seconds } from "./dom";
import type { Panel } from "./panels/panel";
import type { Store } from "./store";

export function heading({ data }: Store): void {
  byId("subtitle").textContent = data.recognised;
  const time = data.stages.reduce((sum, [, each]) => sum + each, 0);
  const figures: [string, string][] = [
    ["Rows", count(data.rows)],
    ...data.groupings.map(({ title, groups }): [string, string] => [title, count(groups.length)]),
    ["Set aside", count(data.rejected)],
    ["Encoder", data.encoder],
  ];
  if (time) figures.push(["Time", seconds(time)]);
  if (data.shown < data.rows) figures.splice(1, 0, ["Points shown", count(data.shown)]);
  replace(byId("figures"), ...figures.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", { dir: "auto", title: value }, value))));
}

export function themeButton(store: Store): void {
  const button = byId<HTMLButtonElement>("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const use = (theme: "light" | "dark"): void => {
    document.documentElement.dataset.theme = theme;
    const other = theme === "light" ? "dark" : "light";
    button.setAttribute("aria-label", `Use the ${other} theme`);
    button.title = `Use the ${other} theme`;
    replace(button, icon(theme === "light" ? ICONS.moon : ICONS.sun));
    store.setTheme(theme);
  };
  const follow = (): void => use(system.matches ? "dark" : "light");
  system.addEventListener("change", follow);
  button.addEventListener("click", () => {
    system.removeEventListener("change", follow); // a choice of the reader's own stays
    use(store.theme === "light" ? "dark" : "light");
  });
  follow();
}

export function finder(store: Store): void {
  const input = h("input", { id: "search", type: "search", placeholder: "Search the instructions", "aria-label": "Search the instructions", title: `Searches the first ${EXCERPT} characters of each instruction`, autocomplete: "off", spellcheck: "false", maxlength: 200 });
  const hits = h("span", { id: "hits" });
  let waiting = 0;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = window.setTimeout(() => store.search(input.value), 90);
  });
  const refresh = (): void => {
    if (input.value !== store.typed && document.activeElement !== input) input.value = store.typed;
    if (!store.typed) input.value = document.activeElement === input && waiting ? input.value : store.typed;
    hits.textContent = store.filtered ? count(store.shown.length) : "";
    byId("status").textContent = store.filtered ? `${count(store.shown.length)} of ${plural(store.n, "row", "rows")}` : "All rows";
    document.documentElement.dataset.shown = String(store.shown.length);
  };
  store.on("filter", () => {
    waiting = 0;
    refresh();
  });
  replace(byId("finder"), icon(ICONS.search), input, hits, h("kbd", { "aria-hidden": true }, "/"));
  refresh();
}

export function chips(store: Store): void {
  const host = byId("chips");
  const chip = (kind: string, text: string, remove: () => void): HTMLElement =>
    h("button", { type: "button", class: "chip", title: "Remove this filter", "aria-label": `Remove the filter: ${kind} ${text}`, click: remove }, h("span", {}, kind), h("b", { dir: "auto" }, text), icon(ICONS.close));
  const refresh = (): void => {
    const shown: HTMLElement[] = [];
    for (const { key, one, many, groups } of store.data.groupings) {
      const chosen = [...store.chosen.get(key)!];
      if (!chosen.length) continue;
      const name = chosen.length > 1 ? plural(chosen.length, one, many) : chosen[0] < 0 ? `no ${one}` : groups[chosen[0]].name;
      shown.push(chip(one, name, () => store.choose(key, [])));
    }
    if (store.region) shown.push(chip("region", plural(store.region.reduce((sum, each) => sum + each, 0), "row", "rows"), () => store.select(null)));
    if (store.typed.trim()) shown.push(chip("search", store.typed, () => store.search("")));
    const filters = shown.length;
    if (filters > 1) shown.push(h("button", { type: "button", class: "clear", click: () => store.clear("all") }, "Clear all"));
    host.hidden = !shown.length;
    const focused = [...host.children].findIndex((each) => each.matches(":focus-visible"));
    replace(host, ...shown);
    // The focus of a chip taken away by key goes to the next one, or back to where filters are typed.
    if (focused >= 0) (shown[Math.min(focused, filters - 1)] ?? byId("search")).focus();
  };
  store.on("filter", refresh);
  refresh();
}

// Returns a function that opens a panel by its name.
export function tabs(store: Store, panels: Panel[]): (id: string) => void {
  const buttons = panels.map((panel) => h("button", { type: "button", role: "tab", id: `tab-${panel.id}`, "aria-controls": `panel-${panel.id}` }));
  const open = (id: string): void => {
    panels.forEach((panel, at) => {
      const chosen = panel.id === id;
      panel.element.hidden = !chosen;
      buttons[at].setAttribute("aria-selected", String(chosen));
      buttons[at].tabIndex = chosen ? 0 : -1;
    });
  };
  panels.forEach((panel, at) => {
    panel.element.id = `panel-${panel.id}`;
    panel.element.classList.add("panel");
    panel.element.setAttribute("role", "tabpanel");
    panel.element.setAttribute("aria-labelledby", `tab-${panel.id}`);
    buttons[at].addEventListener("click", () => open(panel.id));
    buttons[at].addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = (at + step + panels.length) % panels.length;
      open(panels[next].id);
      buttons[next].focus();
    });
  });
  const badges = (): void => panels.forEach((panel, at) => replace(buttons[at], panel.title, panel.badge ? h("small", {}, panel.badge()) : null));
  store.on("filter", badges);
  badges();
  replace(byId("tabs"), ...buttons);
  replace(byId("panels"), ...panels.map((panel) => panel.element));
  open(panels[0].id);
  return open;
}

export function colourSwitch(store: Store): void {
  const { groupings } = store.data;
  const host = byId("colouring");
  if (groupings.length < 2) return;
  host.hidden = false;
  const buttons = groupings.map(({ title }, by) => h("button", { type: "button", role: "radio", click: () => store.colour(by) }, title));
  const refresh = (): void =>
    buttons.forEach((button, by) => {
      button.setAttribute("aria-checked", String(by === store.colourBy));
      button.tabIndex = by === store.colourBy ? 0 : -1;
    });
  host.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    store.colour((store.colourBy + step + groupings.length) % groupings.length);
    buttons[store.colourBy].focus();
  });
  store.on("colour", refresh);
  refresh();
  replace(host, h("span", {}, "Colour"), ...buttons);
}

export function pageKeys(store: Store): void {
  document.addEventListener("keydown", (event) => {
    const input = byId<HTMLInputElement>("search");
    const typing = event.target === input;
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      input.focus();
      input.select();
    } else if (event.key === "Escape") {
      input.value = "";
      store.clear("all");
      if (typing) input.blur();
    }
  });
}
