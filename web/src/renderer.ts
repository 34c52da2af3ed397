// Drawing points. Two ways with one face: WebGL through deck.gl, and a 2-D canvas where there is no WebGL.

import type { Camera } from "./camera";

// Points in drawing order: what is faded lies below what passes the filters.
export interface Points {
  xy: Float32Array;
  rgba: Uint8ClampedArray;
  count: number;
}

export interface Renderer {
  readonly kind: "webgl" | "canvas";
  setPoints(points: Points): void;
  draw(camera: Camera, radius: number): void;
  destroy(): void;
}
