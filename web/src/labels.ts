// Names on the map. The most important name is placed first and each next one only where it hides none that stands;
// zooming in spreads the places, so more names appear.

import type { Camera } from "./camera";
import { css, inkColour } from "./colours";
import type { Grouping } from "./data";
import { h } from "./dom";
import type { Theme } from "./store";

const FONT = "InterVariable, Inter, system-ui, sans-serif";
const LINE = 22; // letters on a line, about
const LINES = 2;
const AREA = 21000; // square pixels of map per name
const AIR = [12, 7]; // least distance between names

interface Candidate {
  group: number;
  weight: number;
  lines: string[];
  size: number;
  width: number;
  height: number;
}

export class Labels {
  private candidates: Candidate[] = [];
  private shown = new Map<number, HTMLElement>();
  private measure = document.createElement("canvas").getContext("2d")!;
  private grouping: Grouping | null = null;
  private theme: Theme = "light";

  constructor(private host: HTMLElement) {}

  // `weights` are the points of each group that pass the filters: a group without any has no name on the map.
  set(grouping: Grouping, weights: Int32Array, theme: Theme): void {
    for (const element of this.shown.values()) element.remove();
    this.shown.clear();
    this.grouping = grouping;
    this.theme = theme;
    const heaviest = Math.max(1, ...weights);
    this.candidates = [];
    weights.forEach((weight, group) => {
      if (weight > 0 && grouping.groups[group].name) this.candidates.push(this.candidate(group, weight, heaviest));
    });
    this.candidates.sort((p, q) => q.weight - p.weight || p.group - q.group);
  }

  private candidate(group: number, weight: number, heaviest: number): Candidate {
    const size = Math.round(2 * (11 + 4 * Math.sqrt(weight / heaviest))) / 2;
    const lines = wrap(this.grouping!.groups[group].name);
    this.measure.font = `600 ${size}px ${FONT}`;
    const width = Math.max(...lines.map((line) => this.measure.measureText(line).width));
    return { group, weight, lines, size, width, height: lines.length * size * 1.16 };
  }

  place(camera: Camera): void {
    const most = Math.max(6, Math.round((camera.width * camera.height) / AREA));
    const taken: [number, number, number, number][] = [];
    const kept = new Set<number>();
    for (const candidate of this.candidates) {
      if (taken.length >= most) break;
      const { x, y } = this.grouping!.groups[candidate.group];
      const [left, top] = camera.toScreen(x, y);
      const [wide, high] = [candidate.width / 2 + AIR[0], candidate.height / 2 + AIR[1]];
      if (left < wide || top < high || left > camera.width - wide || top > camera.height - high) continue;
      const box: [number, number, number, number] = [left - wide, top - high, left + wide, top + high];
      if (taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) continue;
      taken.push(box);
      kept.add(candidate.group);
      this.show(candidate, left, top);
    }
    for (const [group, element] of this.shown) {
      if (kept.has(group)) continue;
      element.remove();
      this.shown.delete(group);
    }
  }

  private show(candidate: Candidate, left: number, top: number): void {
    let element = this.shown.get(candidate.group);
    if (!element) {
      element = h("div", { class: "map-label", dir: "auto", "data-group": candidate.group });
      candidate.lines.forEach((line) => element!.append(h("span", {}, line)));
      element.style.fontSize = `${candidate.size}px`;
      element.style.color = css(inkColour(this.grouping!.groups[candidate.group].slot, this.theme));
      this.shown.set(candidate.group, element);
      this.host.append(element);
    }
    element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px) translate(-50%, -50%)`;
  }
}

// Breaks a name into at most two lines at spaces, and cuts what is longer.
export function wrap(name: string): string[] {
  const lines = [""];
  for (const word of name.split(/\s+/).filter(Boolean)) {
    const last = lines.length - 1;
    const longer = lines[last] ? `${lines[last]} ${word}` : word;
    if (longer.length <= LINE || !lines[last]) lines[last] = longer;
    else if (lines.length < LINES) lines.push(word);
    else {
      lines[last] = `${lines[last]}…`;
      break;
    }
  }
  return lines.map((line) => (line.length > LINE + 6 ? `${[...line].slice(0, LINE + 4).join("")}…` : line));
}
