import type { TaskMap } from "../map";
import type { Store } from "../store";
import { aboutPanel } from "./about";
import { groupsPanel } from "./groups";
import type { Panel } from "./panel";
import { rowsPanel } from "./rows";
import { sunburstPanel } from "./sunburst";

// In the order of their tabs.
export function makePanels(store: Store, map: TaskMap): Panel[] {
  const groups = store.data.groupings.map((grouping) => groupsPanel(store, map, grouping));
  const hasTasks = store.data.groupings.some((grouping) => grouping.key === "task");
  return [...groups, ...(hasTasks ? [sunburstPanel(store)] : []), rowsPanel(store), aboutPanel(store)];
}
