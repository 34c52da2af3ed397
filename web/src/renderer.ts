// Drawing points. Two ways with one face: WebGL through deck.gl, and a 2-D canvas where there is no WebGL.

import type { Camera } from "./camera";

// Points in drawing order: first those that are faded (`behind` of them), over them those that pass the filters.
export interface Points {
  xy: Float32Array;
  rgba: Uint8ClampedArray;
  count: number;
  behind: number;
  emphasis: number; // radius of what passes, in radii of what is faded
}

export const NO_POINTS: Points = { xy: new Float32Array(0), rgba: new Uint8ClampedArray(0), count: 0, behind: 0, emphasis: 1 };

export interface Renderer {
  readonly kind: "webgl" | "canvas";
  setPoints(points: Points): void;
  draw(camera: Camera, radius: number): void;
  destroy(): void;
}
