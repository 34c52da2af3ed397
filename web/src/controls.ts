// Mouse, pen, touch and keys on the map → camera, hover, click, drawn region.

import type { Camera } from "./camera";

export interface Gestures {
  hover(left: number, top: number, target: Element): void;
  leave(): void;
  click(left: number, top: number, target: Element): void;
  drawing(outline: [number, number][]): void;
  drawn(outline: [number, number][]): void;
}

const STILL = 5; // pixels that a click may move
const STEP = 60; // pixels per arrow key
const TALL = 3; // pixels between the corners of a drawn outline

export class Controls {
  drawMode = false; // dragging draws a region instead of moving the map; Shift does so too
  private pointers = new Map<number, [number, number]>();
  private start: [number, number] = [0, 0];
  private travelled = false;
  private outline: [number, number][] | null = null;

  constructor(
    private stage: HTMLElement,
    private camera: Camera,
    private gestures: Gestures,
  ) {
    stage.addEventListener("pointerdown", (event) => this.down(event));
    stage.addEventListener("pointermove", (event) => this.move(event));
    stage.addEventListener("pointerup", (event) => this.up(event));
    stage.addEventListener("pointercancel", (event) => this.up(event));
    stage.addEventListener("pointerleave", () => this.gestures.leave());
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    stage.addEventListener("dblclick", (event) => {
      if (!(event.target as Element).closest("button")) camera.zoomAt(...this.at(event), event.shiftKey ? 0.5 : 2);
    });
    stage.addEventListener("keydown", (event) => this.key(event));
  }

  private at(event: MouseEvent): [number, number] {
    const box = this.stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  private down(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.pointers.set(event.pointerId, this.at(event));
    this.start = this.at(event);
    this.travelled = this.pointers.size > 1;
    if (this.outline) this.gestures.drawing([]); // a second finger: the map is meant, not a region
    this.outline = this.pointers.size === 1 && (this.drawMode || event.shiftKey) ? [this.start] : null;
  }

  private move(event: PointerEvent): void {
    const now = this.at(event);
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType !== "touch") this.gestures.hover(...now, event.target as Element);
      return;
    }
    // A press that left the stage before it was captured has been let go elsewhere.
    if (event.buttons === 0) return this.up(event);
    if (!this.travelled && Math.hypot(now[0] - this.start[0], now[1] - this.start[1]) < STILL) return;
    if (!this.travelled) this.begin(event);
    if (this.outline) this.extend(now);
    else if (this.pointers.size === 1) this.camera.pan(now[0] - before[0], now[1] - before[1]);
    else this.pinch(event.pointerId, before, now);
    this.pointers.set(event.pointerId, now);
  }

  private begin(event: PointerEvent): void {
    this.travelled = true;
    this.stage.setPointerCapture(event.pointerId);
    this.stage.classList.add(this.outline ? "drawing" : "moving");
    this.gestures.leave();
  }

  private extend(now: [number, number]): void {
    const last = this.outline!.at(-1)!;
    if (Math.hypot(now[0] - last[0], now[1] - last[1]) < TALL) return;
    this.outline!.push(now);
    this.gestures.drawing(this.outline!);
  }

  private pinch(moved: number, before: [number, number], now: [number, number]): void {
    const other = [...this.pointers].find(([id]) => id !== moved)![1];
    const span = (p: [number, number]): number => Math.hypot(p[0] - other[0], p[1] - other[1]);
    this.camera.pan((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
    this.camera.zoomAt((now[0] + other[0]) / 2, (now[1] + other[1]) / 2, span(now) / Math.max(1, span(before)));
  }

  private up(event: PointerEvent): void {
    if (!this.pointers.delete(event.pointerId) || this.pointers.size) return;
    this.stage.classList.remove("moving", "drawing");
    const outline = this.outline;
    this.outline = null;
    if (outline && this.travelled) this.gestures.drawn(outline);
    else if (!this.travelled && event.type === "pointerup") this.gestures.click(...this.at(event), event.target as Element);
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const pixels = event.deltaMode === 1 ? event.deltaY * 20 : event.deltaY;
    // A pinch on a touchpad arrives as a wheel with ctrl, in small steps.
    const factor = Math.exp(-Math.max(-160, Math.min(160, pixels)) * (event.ctrlKey ? 0.01 : 0.0022));
    this.camera.zoomAt(...this.at(event), factor);
  }

  private key(event: KeyboardEvent): void {
    if (event.target !== this.stage || event.ctrlKey || event.metaKey || event.altKey) return;
    const actions: Record<string, () => void> = {
      ArrowLeft: () => this.camera.pan(STEP, 0),
      ArrowRight: () => this.camera.pan(-STEP, 0),
      ArrowUp: () => this.camera.pan(0, STEP),
      ArrowDown: () => this.camera.pan(0, -STEP),
      "+": () => this.camera.zoomBy(1.6),
      "=": () => this.camera.zoomBy(1.6),
      "-": () => this.camera.zoomBy(1 / 1.6),
      "0": () => this.camera.goHome(),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }
}
