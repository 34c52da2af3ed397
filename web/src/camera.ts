// Which part of the map is seen. The map is the unit square, y downwards; `scale` is pixels per unit.

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const DEEPEST = 90; // times the whole map: one step of a coordinate is then about a pixel
const FARTHEST = 0.6;
const FLIGHT = 450; // milliseconds

export class Camera {
  x = 0.5;
  y = 0.5;
  scale = 1;
  width = 1;
  height = 1;
  private home = { x: 0.5, y: 0.5, scale: 1 };
  private flight = 0;

  constructor(
    private bounds: Box,
    private moved: () => void,
  ) {}

  // Times the scale at which the whole map is seen.
  get zoom(): number {
    return this.scale / this.home.scale;
  }

  resize(width: number, height: number): void {
    const zoom = this.zoom;
    const untouched = this.width === 1 || (this.x === this.home.x && this.y === this.home.y && zoom === 1);
    this.width = Math.max(1, width);
    this.height = Math.max(1, height);
    this.home = this.framing(this.bounds, 1);
    if (untouched) Object.assign(this, this.home);
    else this.scale = this.home.scale * zoom;
    this.moved();
  }

  toScreen(x: number, y: number): [number, number] {
    return [(x - this.x) * this.scale + this.width / 2, (y - this.y) * this.scale + this.height / 2];
  }

  toMap(left: number, top: number): [number, number] {
    return [(left - this.width / 2) / this.scale + this.x, (top - this.height / 2) / this.scale + this.y];
  }

  pan(dx: number, dy: number): void {
    this.set(this.x - dx / this.scale, this.y - dy / this.scale, this.scale);
  }

  // Zooms so that what is under (left, top) stays there.
  zoomAt(left: number, top: number, factor: number): void {
    const [x, y] = this.toMap(left, top);
    const scale = this.clamped(this.scale * factor);
    this.set(x - (left - this.width / 2) / scale, y - (top - this.height / 2) / scale, scale);
  }

  zoomBy(factor: number): void {
    this.fly({ x: this.x, y: this.y, scale: this.clamped(this.scale * factor) });
  }

  goHome(): void {
    this.fly(this.home);
  }

  goTo(box: Box): void {
    this.fly(this.framing(box, 14));
  }

  // Brings a place into view, and moves only when it is out of sight.
  reveal(x: number, y: number): void {
    const [left, top] = this.toScreen(x, y);
    const margin = 40;
    if (left > margin && top > margin && left < this.width - margin && top < this.height - margin) return;
    this.fly({ x, y, scale: this.scale });
  }

  private framing(box: Box, deepest: number): { x: number; y: number; scale: number } {
    const margin = Math.min(48, this.width * 0.08, this.height * 0.08);
    const wide = Math.max(box.right - box.left, 1e-4);
    const high = Math.max(box.bottom - box.top, 1e-4);
    const fitting = Math.min((this.width - 2 * margin) / wide, (this.height - 2 * margin) / high);
    const scale = deepest === 1 ? fitting : Math.min(fitting, this.home.scale * deepest);
    return { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2, scale };
  }

  private clamped(scale: number): number {
    return Math.min(this.home.scale * DEEPEST, Math.max(this.home.scale * FARTHEST, scale));
  }

  private set(x: number, y: number, scale: number): void {
    cancelAnimationFrame(this.flight);
    this.x = Math.min(1.2, Math.max(-0.2, x));
    this.y = Math.min(1.2, Math.max(-0.2, y));
    this.scale = scale;
    this.moved();
  }

  private fly(to: { x: number; y: number; scale: number }): void {
    cancelAnimationFrame(this.flight);
    const from = { x: this.x, y: this.y, scale: this.scale };
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const start = performance.now();
    const step = (now: number): void => {
      const t = calm ? 1 : Math.min(1, (now - start) / FLIGHT);
      const eased = t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2;
      // Scale moves evenly in its logarithm; the middle follows so that the path is straight on the screen.
      const scale = from.scale * (to.scale / from.scale) ** eased;
      const same = Math.abs(to.scale / from.scale - 1) < 1e-3;
      const share = same ? eased : (1 / from.scale - 1 / scale) / (1 / from.scale - 1 / to.scale);
      this.x = from.x + (to.x - from.x) * share;
      this.y = from.y + (to.y - from.y) * share;
      this.scale = scale;
      if (t === 1) Object.assign(this, { x: to.x, y: to.y, scale: to.scale });
      else this.flight = requestAnimationFrame(step);
      this.moved();
    };
    step(start);
  }
}
