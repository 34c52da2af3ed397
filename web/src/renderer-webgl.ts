import { Deck, OrthographicView, type OrthographicViewState } from "@deck.gl/core";
import { ScatterplotLayer } from "@deck.gl/layers";
import type { Camera } from "./camera";
import { NO_POINTS, type Points, type Renderer } from "./renderer";

// The camera is ours (camera.ts), because names, hover and the canvas renderer follow it too; deck.gl only draws.
export class WebglRenderer implements Renderer {
  readonly kind = "webgl";
  private deck: Deck<OrthographicView>;
  private points = NO_POINTS;
  private version = 0;

  constructor(parent: HTMLDivElement, failed: () => void) {
    this.deck = new Deck({
      parent,
      width: "100%",
      height: "100%",
      views: new OrthographicView({ id: "map" }),
      controller: false,
      useDevicePixels: true,
      onError: (error) => {
        console.warn("WebGL gave up, drawing on a canvas instead:", error.message);
        failed();
      },
    });
    parent.addEventListener("webglcontextlost", failed, { capture: true, once: true });
  }

  static available(): boolean {
    const context = document.createElement("canvas").getContext("webgl2");
    context?.getExtension("WEBGL_lose_context")?.loseContext();
    return context !== null;
  }

  setPoints(points: Points): void {
    this.points = points;
    this.version++;
  }

  draw(camera: Camera, radius: number): void {
    const viewState: OrthographicViewState = { target: [camera.x, camera.y, 0], zoom: Math.log2(camera.scale), minZoom: -20, maxZoom: 40 };
    const { count, behind, emphasis } = this.points;
    const layers = [this.layer("behind", 0, behind, radius), this.layer("front", behind, count, radius * emphasis)];
    this.deck.setProps({ viewState, layers });
    this.deck.redraw("camera"); // in this frame, in which names and ring move too, not in deck.gl's next
  }

  private layer(name: string, from: number, to: number, radius: number): ScatterplotLayer {
    const { xy, rgba } = this.points;
    return new ScatterplotLayer({
      id: `${name}-${this.version}`,
      data: {
        length: to - from,
        attributes: {
          getPosition: { value: xy.subarray(2 * from, 2 * to), size: 2 },
          getFillColor: { value: rgba.subarray(4 * from, 4 * to), size: 4 },
        },
      },
      getRadius: 1,
      radiusUnits: "pixels",
      radiusScale: radius,
      positionFormat: "XY",
      antialiasing: true,
      parameters: { depthCompare: "always", depthWriteEnabled: false },
    });
  }

  destroy(): void {
    this.deck.finalize();
  }
}
