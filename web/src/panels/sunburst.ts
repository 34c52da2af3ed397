// The verb–noun sunburst. The picture is made in Python (src/taskscape/report/sunburst.py) and stands in the page as
// a template; here its arcs become buttons that filter.

import { byId, h } from "../dom";
import type { Store } from "../store";
import type { Panel } from "./panel";

export function sunburstPanel(store: Store): Panel {
  const tasks = store.data.groupings.find((grouping) => grouping.key === "task")!;
  const picture = byId<HTMLTemplateElement>("sunburst").content.cloneNode(true);
  const element = h("div", { class: "sunburst-panel" });
  element.append(picture, h("p", { class: "muted" }, "Verbs inside, what they are asked of outside. Choose a part to filter by it."));

  const groupsOf = (arc: SVGElement): Set<number> => {
    const { verb, noun } = arc.dataset;
    const found = tasks.groups.map((_, number) => number).filter((number) => tasks.groups[number].verb === verb && (noun === undefined || tasks.groups[number].noun === noun));
    return new Set(found);
  };
  const arcs = [...element.querySelectorAll<SVGElement>(".arc")];
  const parts = new Map(arcs.map((arc) => [arc, groupsOf(arc)]));
  const isChosen = (groups: Set<number>): boolean => {
    const chosen = store.chosen.get("task")!;
    return chosen.size === groups.size && [...groups].every((group) => chosen.has(group));
  };
  const act = (arc: SVGElement): void => {
    const groups = parts.get(arc)!;
    store.choose("task", isChosen(groups) ? [] : groups);
  };
  for (const arc of arcs) {
    arc.setAttribute("tabindex", "0");
    arc.setAttribute("role", "button");
    arc.setAttribute("aria-label", arc.querySelector("title")!.textContent!);
    arc.addEventListener("click", () => act(arc));
    arc.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      act(arc);
    });
  }
  const refresh = (): void => {
    const chosen = store.chosen.get("task")!;
    for (const [arc, groups] of parts) {
      arc.setAttribute("aria-pressed", String(isChosen(groups)));
      arc.classList.toggle("aside", chosen.size > 0 && ![...groups].some((group) => chosen.has(group)));
    }
  };
  store.on("filter", refresh);
  refresh();
  return { id: "sunburst", title: "Verbs", element };
}
