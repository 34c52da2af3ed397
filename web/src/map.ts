// The map: points, names, the hint under the pointer, the region drawn by hand.

import { Camera, type Box } from "./camera";
import { css, faded, slotColour } from "./colours";
import { Controls } from "./controls";
import { byId, h, icon, ICONS, replace } from "./dom";
import { inside, PointGrid } from "./hit";
import { Labels } from "./labels";
import type { Renderer } from "./renderer";
import { CanvasRenderer } from "./renderer-canvas";
import { WebglRenderer } from "./renderer-webgl";
import type { Store } from "./store";

const REACH = 9; // pixels from a point within which the pointer means it
const SMALL = 600; // pixels of width below which the hint is for the pointer only
const IN_SIGHT = 0.1; // share of what passes a filter that is to be in sight
const FEW = 0.25; // share of points below which those that pass the filters are drawn larger
const EMPHASIS = 1.4;
const BESIDE = 0.16; // opacity of the others while a name is under the pointer
const OUTLIERS = 0.002; // share of points at each side that the first view may leave out

export class TaskMap {
  readonly camera: Camera;
  private stage = byId("stage");
  private surface = byId<HTMLDivElement>("surface");
  private ring = byId("ring");
  private hint = byId("hint");
  private outline = document.getElementById("outline") as unknown as SVGPolygonElement;
  private labels = new Labels(byId("labels"));
  private renderer: Renderer;
  private grid: PointGrid;
  private controls: Controls;
  private frame = 0;
  private chose: (panel: string) => void = () => {};

  constructor(private store: Store) {
    this.grid = new PointGrid(store.data.xy);
    this.camera = new Camera(extent(store.data.xy, range(store.n), OUTLIERS), () => this.invalidate());
    this.renderer = this.makeRenderer();
    this.controls = new Controls(this.stage, this.camera, {
      hover: (left, top, target) => this.hover(left, top, target),
      leave: () => this.leave(),
      click: (left, top, target) => this.click(left, top, target),
      drawing: (outline) => this.outline.setAttribute("points", outline.join(" ")),
      drawn: (outline) => this.drawn(outline),
    });
    this.toolbar();
    store.on("filter", () => this.lookFor());
    for (const topic of ["filter", "colour", "theme", "glimpse"] as const) store.on(topic, () => this.repaint());
    store.on("hover", () => this.invalidate());
    store.on("row", () => {
      const { xy } = store.data;
      if (store.row >= 0) this.camera.reveal(xy[2 * store.row], xy[2 * store.row + 1]);
      this.invalidate();
    });
    new ResizeObserver(() => this.camera.resize(this.stage.clientWidth, this.stage.clientHeight)).observe(this.stage);
    this.camera.resize(this.stage.clientWidth, this.stage.clientHeight);
    this.repaint();
  }

  // Called with the name of the panel that tells of what was clicked.
  onChoice(chose: (panel: string) => void): void {
    this.chose = chose;
  }

  showGroups(key: string, groups: Set<number>): void {
    const grouping = this.store.data.groupings.find((each) => each.key === key)!;
    const points = range(this.store.n).filter((point) => groups.has(grouping.members[point]));
    if (points.length) this.camera.goTo(extent(this.store.data.xy, points, 0.03));
  }

  // Where next to nothing that passes a new filter is in sight, the map goes to where it is.
  private lookFor(): void {
    const { shown, data } = this.store;
    const seen = (point: number): boolean => {
      const [left, top] = this.camera.toScreen(data.xy[2 * point], data.xy[2 * point + 1]);
      return left > 0 && top > 0 && left < this.camera.width && top < this.camera.height;
    };
    if (shown.length && shown.filter(seen).length < IN_SIGHT * shown.length) this.camera.goTo(extent(data.xy, [...shown], 0.03));
  }

  private makeRenderer(): Renderer {
    if (!WebglRenderer.available()) return new CanvasRenderer(this.surface);
    return new WebglRenderer(this.surface, () => {
      if (this.renderer.kind === "canvas") return;
      const broken = this.renderer;
      this.renderer = new CanvasRenderer(this.surface);
      broken.destroy();
      this.repaint();
    });
  }

  private toolbar(): void {
    const button = (label: string, path: string, action: (event: Event) => void): HTMLButtonElement =>
      h("button", { type: "button", class: "tool", title: label, "aria-label": label, click: action }, icon(path));
    const draw = button("Select a region: draw around points (or hold Shift and drag)", ICONS.lasso, () => {
      this.controls.drawMode = !this.controls.drawMode;
      draw.setAttribute("aria-pressed", String(this.controls.drawMode));
      this.stage.classList.toggle("draw-mode", this.controls.drawMode);
    });
    draw.id = "draw";
    draw.setAttribute("aria-pressed", "false");
    replace(
      byId("tools"),
      button("Zoom in (+)", ICONS.plus, () => this.camera.zoomBy(1.8)),
      button("Zoom out (−)", ICONS.minus, () => this.camera.zoomBy(1 / 1.8)),
      button("Show the whole map (0)", ICONS.home, () => this.camera.goHome()),
      draw,
    );
  }

  private leave(): void {
    this.store.point(-1);
    this.store.glance(this.store.colouring.key, -1);
  }

  private hover(left: number, top: number, target: Element): void {
    const label = target.closest<HTMLElement>(".map-label");
    this.store.glance(this.store.colouring.key, label ? Number(label.dataset.group) : -1);
    this.store.point(target.closest(".map-label, button") ? -1 : this.under(left, top));
  }

  private under(left: number, top: number): number {
    const [x, y] = this.camera.toMap(left, top);
    return this.grid.nearest(x, y, (REACH + this.radius) / this.camera.scale, this.store.passing);
  }

  private click(left: number, top: number, target: Element): void {
    if (target.closest("button")) return;
    const { key, members } = this.store.colouring;
    const label = target.closest<HTMLElement>(".map-label");
    if (label) {
      this.store.toggle(key, Number(label.dataset.group), false);
      return this.chose(key);
    }
    const point = this.under(left, top);
    if (point < 0) {
      this.store.read(-1);
      return this.store.clear("map");
    }
    this.store.choose(key, [members[point]]);
    this.chose("rows"); // first, for a table that is not in sight cannot bring a row into sight
    this.store.read(point);
  }

  private drawn(outline: [number, number][]): void {
    this.outline.setAttribute("points", "");
    if (this.controls.drawMode) byId("draw").click();
    if (outline.length < 3) return;
    const region = inside(outline.map(([left, top]) => this.camera.toMap(left, top)), this.store.data.xy);
    this.store.select(region.includes(1) ? region : null);
  }

  // Points grow a little with zoom, and are smaller the more there are and the less room.
  private get radius(): number {
    const base = Math.min(4.5, Math.max(1.15, 26 / Math.sqrt(Math.sqrt(this.store.n) + 10) - 0.55));
    const room = Math.min(1.1, Math.max(0.6, Math.min(this.camera.width, this.camera.height) / 800));
    return Math.min(9, base * room * this.camera.zoom ** 0.38);
  }

  private repaint(): void {
    const { store } = this;
    const { members, groups, key } = store.colouring;
    const alpha = store.n > 50000 ? 170 : store.n > 5000 ? 205 : 225;
    const colours = groups.map(({ slot }) => [...slotColour(slot, store.theme), slot < 0 ? alpha * 0.6 : alpha]);
    const none = [...slotColour(-1, store.theme), alpha * 0.6];
    const layers = this.layers();
    const points = {
      xy: new Float32Array(2 * store.n),
      rgba: new Uint8ClampedArray(4 * store.n),
      count: store.n,
      behind: layers.reduce((sum, layer) => sum + Number(layer === 0), 0),
      emphasis: store.shown.length < FEW * store.n ? EMPHASIS : 1,
    };
    let at = 0;
    for (const layer of [0, 1, 2]) {
      for (let i = 0; i < store.n; i++) {
        if (layers[i] !== layer) continue;
        points.xy[2 * at] = store.data.xy[2 * i];
        points.xy[2 * at + 1] = store.data.xy[2 * i + 1];
        const colour = layer === 0 ? faded(store.theme) : members[i] < 0 ? none : colours[members[i]];
        points.rgba.set(colour, 4 * at);
        if (layer === 1 && store.glimpse) points.rgba[4 * at + 3] *= BESIDE;
        at++;
      }
    }
    this.renderer.setPoints(points);
    this.labels.set(store.colouring, store.within.get(key)!, store.theme);
    this.invalidate();
  }

  // What lies over what: 0 fails a filter, 1 passes, 2 is of the group whose name is under the pointer.
  private layers(): Uint8Array {
    const { passing, glimpse, data } = this.store;
    if (!glimpse) return passing;
    const { members } = data.groupings.find(({ key }) => key === glimpse.key)!;
    return passing.map((passes, i) => (members[i] === glimpse.group ? 2 : passes));
  }

  private invalidate(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.renderer.draw(this.camera, this.radius);
      this.labels.place(this.camera, this.furniture());
      this.annotate();
    });
  }

  // What stands on the map and must not be written over.
  private furniture(): Box[] {
    return [byId("tools"), byId("colouring")]
      .filter((element) => !element.hidden)
      .map(({ offsetLeft: left, offsetTop: top, offsetWidth, offsetHeight }) => ({ left, top, right: left + offsetWidth, bottom: top + offsetHeight }));
  }

  // The ring and the hint stand at the point under the pointer, or else at the row being read.
  private annotate(): void {
    const point = this.store.hover >= 0 ? this.store.hover : this.store.row;
    this.report(point);
    this.ring.hidden = this.hint.hidden = point < 0;
    if (point < 0) return;
    const { xy, text, groupings } = this.store.data;
    const [left, top] = this.camera.toScreen(xy[2 * point], xy[2 * point + 1]);
    const size = 2 * this.radius + 8;
    Object.assign(this.ring.style, { width: `${size}px`, height: `${size}px`, transform: `translate(${left - size / 2}px, ${top - size / 2}px)` });
    const visible = left >= 0 && top >= 0 && left <= this.camera.width && top <= this.camera.height;
    // On a small screen the row being read fills the panel already, and its hint would fill the map.
    this.hint.hidden = !visible || (this.store.hover < 0 && (this.camera.width < SMALL || this.stage.classList.contains("moving")));
    if (this.hint.dataset.point !== `${point} ${this.store.theme}`) {
      this.hint.dataset.point = `${point} ${this.store.theme}`;
      const tags = groupings.map(({ members, groups, one }) => {
        const group = groups[members[point]];
        const dot = h("i", { class: "dot" });
        dot.style.background = css(slotColour(group?.slot ?? -1, this.store.theme));
        return h("span", { class: "tag" }, dot, h("bdi", {}, group?.name ?? `no ${one}`));
      });
      replace(this.hint, h("p", { dir: "auto" }, text[point]), h("div", { class: "tags" }, ...tags));
    }
    this.standHint(left, top, size / 2 + 6);
  }

  private standHint(left: number, top: number, away: number): void {
    const { offsetWidth: wide, offsetHeight: high } = this.hint;
    const { width, height } = this.camera;
    const x = Math.min(Math.max(8, left - wide / 2), Math.max(8, width - wide - 8));
    const above = top - away - high;
    const y = above >= 8 ? above : Math.min(top + away, height - high - 8);
    this.hint.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
  }

  // What the tests read; see web/README.md, "How it is tested".
  private report(point: number): void {
    const { camera } = this;
    Object.assign(this.stage.dataset, {
      renderer: this.renderer.kind,
      view: [camera.x, camera.y, camera.scale].map((v) => v.toPrecision(9)).join(" "),
      point: String(point < 0 ? "" : this.store.data.row[point]),
    });
  }
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

// The box around points, leaving out a share at each side.
function extent(xy: Float32Array, points: number[], share: number): Box {
  if (!points.length) return { left: 0, top: 0, right: 1, bottom: 1 };
  const skipped = Math.floor(points.length * share);
  const xs = Float32Array.from(points, (i) => xy[2 * i]).sort();
  const ys = Float32Array.from(points, (i) => xy[2 * i + 1]).sort();
  return { left: xs[skipped], right: xs.at(-1 - skipped)!, top: ys[skipped], bottom: ys.at(-1 - skipped)! };
}
