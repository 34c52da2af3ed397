import type { Camera } from "./camera";
import { NO_POINTS, type Points, type Renderer } from "./renderer";

// Slower than WebGL (20,000 points take some 20 ms), but needs nothing of the machine.
export class CanvasRenderer implements Renderer {
  readonly kind = "canvas";
  private canvas = document.createElement("canvas");
  private points = NO_POINTS;

  constructor(parent: HTMLDivElement) {
    parent.replaceChildren(this.canvas);
  }

  setPoints(points: Points): void {
    this.points = points;
  }

  draw(camera: Camera, radius: number): void {
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(camera.width * ratio), Math.round(camera.height * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    const context = this.canvas.getContext("2d")!;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, camera.width, camera.height);
    const { xy, rgba, count, behind, emphasis } = this.points;
    let last = -1;
    for (let i = 0; i < count; i++) {
      const [x, y] = camera.toScreen(xy[2 * i], xy[2 * i + 1]);
      if (x < -radius || y < -radius || x > camera.width + radius || y > camera.height + radius) continue;
      const colour = (rgba[4 * i] << 24) | (rgba[4 * i + 1] << 16) | (rgba[4 * i + 2] << 8) | rgba[4 * i + 3];
      if (colour !== last) {
        context.fillStyle = `rgba(${rgba[4 * i]} ${rgba[4 * i + 1]} ${rgba[4 * i + 2]} / ${rgba[4 * i + 3] / 255})`;
        last = colour;
      }
      context.beginPath();
      context.arc(x, y, i < behind ? radius : radius * emphasis, 0, 2 * Math.PI);
      context.fill();
    }
  }

  destroy(): void {
    this.canvas.remove();
  }
}
