// Names on the map. The most important name is placed first and each next one only where it hides none that stands;
// zooming in spreads the places, so more names appear.

import type { Box, Camera } from "./camera";
import { css, inkColour } from "./colours";
import type { Grouping } from "./data";
import { h } from "./dom";
import type { Theme } from "./store";
import { wrap } from "./wrap";

const FONT = "InterVariable, Inter, system-ui, sans-serif";
const SMALL = 600; // pixels of width below which names are smaller
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
  private drawn = "";

  constructor(private host: HTMLElement) {}

  // `weights` are the points of each group that pass the filters: a group without any has no name on the map.
  set(grouping: Grouping, weights: Int32Array, theme: Theme): void {
    const anew = `${grouping.key} ${theme} ${weights.join()}`;
    if (anew === this.drawn) return; // so that a name under the pointer stays there
    this.drawn = anew;
    for (const element of this.shown.values()) element.remove();
    this.shown.clear();
    this.grouping = grouping;
    this.theme = theme;
    const heaviest = weights.reduce((most, weight) => Math.max(most, weight), 1);
    this.candidates = [];
    weights.forEach((weight, group) => {
      if (weight > 0 && grouping.groups[group].name) this.candidates.push(this.candidate(group, weight, heaviest));
    });
    this.candidates.sort((p, q) => q.weight - p.weight || p.group - q.group);
  }

  private candidate(group: number, weight: number, heaviest: number): Candidate {
    const size = Math.round(2 * (11 + 4 * Math.sqrt(weight / heaviest)) * (this.host.clientWidth < SMALL ? 0.87 : 1)) / 2;
    const lines = wrap(this.grouping!.groups[group].name);
    this.measure.font = `600 ${size}px ${FONT}`;
    const width = Math.max(...lines.map((line) => this.measure.measureText(line).width));
    return { group, weight, lines, size, width, height: lines.length * size * 1.16 };
  }

  // `occupied` are places where no name may stand.
  place(camera: Camera, occupied: Box[]): void {
    const most = Math.max(6, Math.round((camera.width * camera.height) / AREA));
    const taken = [...occupied];
    const kept = new Set<number>();
    for (const candidate of this.candidates) {
      if (kept.size >= most) break;
      const { x, y } = this.grouping!.groups[candidate.group];
      const [left, top] = camera.toScreen(x, y);
      const [wide, high] = [candidate.width / 2 + AIR[0], candidate.height / 2 + AIR[1]];
      if (left < wide || top < high || left > camera.width - wide || top > camera.height - high) continue;
      const box: Box = { left: left - wide, top: top - high, right: left + wide, bottom: top + high };
      if (taken.some((other) => box.left < other.right && box.right > other.left && box.top < other.bottom && box.bottom > other.top)) continue;
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
