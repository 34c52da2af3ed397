// Opens the data in the page and puts the parts together; the parts know the store, not one another.

import { readSummary } from "./data";
import { byId, h } from "./dom";
import { TaskMap } from "./map";
import { makePanels } from "./panels";
import { chips, colourSwitch, finder, heading, pageKeys, tabs, themeButton } from "./shell";
import { Store } from "./store";

async function start(): Promise<void> {
  const store = new Store(await readSummary(byId("data").textContent!));
  await document.fonts.load("600 14px InterVariable"); // names on the map are measured in it
  heading(store);
  themeButton(store);
  finder(store);
  chips(store);
  colourSwitch(store);
  pageKeys(store);
  const map = new TaskMap(store);
  const open = tabs(store, makePanels(store, map));
  map.onChoice((what) => open(what));
  document.documentElement.dataset.ready = "true";
}

start().catch((error: unknown) => {
  document.querySelector("main")!.replaceChildren(
    h("p", { class: "notice" }, `This page could not be opened: ${error instanceof Error ? error.message : String(error)}. It needs a browser from 2023 or later (Chrome 113, Firefox 113, Safari 16.4).`),
  );
});
