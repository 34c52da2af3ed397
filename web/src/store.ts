// What is chosen, and what follows from it. Every view reads this and is told when it changes; no view knows another.
//
// A row is shown when it passes every filter: the search, the region drawn on the map, and, for each grouping, the
// groups chosen in it. Counts beside a group leave out that grouping's own filter, so that they say what a choice there
// would give.

import type { Grouping, Summary } from "./data";
import { fold, isEmpty, matches, parseQuery, type Query } from "./search";

export type Topic = "filter" | "glimpse" | "colour" | "theme" | "row" | "hover";
export type Theme = "light" | "dark";

export class Store {
  readonly n: number;
  passing: Uint8Array; // 1 for each point that passes all filters
  shown: Int32Array; // the points that pass, in source order
  facets = new Map<string, Int32Array>(); // per grouping: points of each group that pass the other filters
  within = new Map<string, Int32Array>(); // per grouping: points of each group that pass all filters
  query: Query = { wanted: [], unwanted: [] };
  typed = "";
  chosen = new Map<string, Set<number>>(); // per grouping: the groups filtered by
  region: Uint8Array | null = null;
  colourBy = 0; // which grouping colours the map
  glimpse: { key: string; group: number } | null = null; // the group whose name is under the pointer
  row = -1; // the point being read
  hover = -1;
  theme: Theme = "light";

  private folded: string[] = [];
  private listeners = new Map<Topic, (() => void)[]>();

  constructor(readonly data: Summary) {
    this.n = data.row.length;
    this.passing = new Uint8Array(this.n);
    this.shown = new Int32Array(0);
    for (const grouping of data.groupings) this.chosen.set(grouping.key, new Set());
    this.apply();
  }

  on(topic: Topic, listener: () => void): void {
    this.listeners.set(topic, [...(this.listeners.get(topic) ?? []), listener]);
  }

  private tell(topic: Topic): void {
    for (const listener of this.listeners.get(topic) ?? []) listener();
  }

  get colouring(): Grouping {
    return this.data.groupings[this.colourBy];
  }

  get filtered(): boolean {
    return !isEmpty(this.query) || this.region !== null || [...this.chosen.values()].some((groups) => groups.size > 0);
  }

  // Whether anything but this grouping's own filter is at work.
  narrowedBeside(key: string): boolean {
    return !isEmpty(this.query) || this.region !== null || [...this.chosen].some(([other, groups]) => other !== key && groups.size > 0);
  }

  search(typed: string): void {
    this.typed = typed;
    this.query = parseQuery(typed);
    this.changed();
  }

  choose(key: string, groups: Iterable<number>): void {
    this.chosen.set(key, new Set(groups));
    this.changed();
  }

  toggle(key: string, group: number, together: boolean): void {
    const before = this.chosen.get(key)!;
    const alone = before.size === 1 && before.has(group);
    const after = new Set(together ? before : []);
    if (together && before.has(group)) after.delete(group);
    else if (!alone) after.add(group);
    this.choose(key, after);
  }

  select(region: Uint8Array | null): void {
    this.region = region;
    this.changed();
  }

  clear(what: "all" | "map"): void {
    for (const key of this.chosen.keys()) this.chosen.set(key, new Set());
    this.region = null;
    if (what === "all") {
      this.typed = "";
      this.query = parseQuery("");
      this.read(-1);
    }
    this.changed();
  }

  read(point: number): void {
    this.row = point;
    this.tell("row");
  }

  point(hover: number): void {
    if (hover === this.hover) return;
    this.hover = hover;
    this.tell("hover");
  }

  glance(key: string, group: number): void {
    if ((this.glimpse?.key === key && this.glimpse.group === group) || (group < 0 && !this.glimpse)) return;
    this.glimpse = group < 0 ? null : { key, group };
    this.tell("glimpse");
  }

  colour(by: number): void {
    this.colourBy = by;
    this.tell("colour");
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.tell("theme");
  }

  private changed(): void {
    this.glimpse = null; // the name under the pointer may be gone
    this.apply();
    this.tell("filter");
  }

  private apply(): void {
    const { groupings } = this.data;
    const searching = !isEmpty(this.query);
    const facets = groupings.map((grouping) => new Int32Array(grouping.groups.length));
    const within = groupings.map((grouping) => new Int32Array(grouping.groups.length));
    const chosen = groupings.map((grouping) => this.chosen.get(grouping.key)!);
    const shown: number[] = [];
    for (let i = 0; i < this.n; i++) {
      this.passing[i] = 0;
      if (this.region && !this.region[i]) continue;
      if (searching && !matches(this.searchable(i), this.query)) continue;
      let failing = -1; // the one grouping whose filter fails; -2 for several
      for (let g = 0; g < groupings.length; g++)
        if (chosen[g].size && !chosen[g].has(groupings[g].members[i])) failing = failing === -1 ? g : -2;
      if (failing === -2) continue;
      for (let g = 0; g < groupings.length; g++) {
        const group = groupings[g].members[i];
        if (group < 0) continue;
        if (failing === -1 || failing === g) facets[g][group]++;
        if (failing === -1) within[g][group]++;
      }
      if (failing === -1) {
        this.passing[i] = 1;
        shown.push(i);
      }
    }
    this.shown = Int32Array.from(shown);
    groupings.forEach((grouping, g) => {
      this.facets.set(grouping.key, facets[g]);
      this.within.set(grouping.key, within[g]);
    });
  }

  private searchable(point: number): string {
    return (this.folded[point] ??= fold(this.data.text[point]));
  }
}
