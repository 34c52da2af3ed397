// Which point lies under a place, and which points lie inside a drawn outline.

const CELLS = 160;

// A grid of buckets over the unit square: finding the nearest of 100,000 points looks at a few hundred.
export class PointGrid {
  private starts = new Int32Array(CELLS * CELLS + 1);
  private order: Int32Array;

  constructor(private xy: Float32Array) {
    const n = xy.length / 2;
    const cell = new Int32Array(n);
    for (let i = 0; i < n; i++) {
      cell[i] = column(xy[2 * i + 1]) * CELLS + column(xy[2 * i]);
      this.starts[cell[i] + 1]++;
    }
    for (let c = 0; c < CELLS * CELLS; c++) this.starts[c + 1] += this.starts[c];
    const next = this.starts.slice();
    this.order = new Int32Array(n);
    for (let i = 0; i < n; i++) this.order[next[cell[i]]++] = i;
  }

  nearest(x: number, y: number, radius: number, passing: Uint8Array): number {
    let best = -1;
    let least = radius * radius;
    for (let row = column(y - radius); row <= column(y + radius); row++) {
      for (let col = column(x - radius); col <= column(x + radius); col++) {
        const cell = row * CELLS + col;
        for (let at = this.starts[cell]; at < this.starts[cell + 1]; at++) {
          const i = this.order[at];
          if (!passing[i]) continue;
          const distance = (this.xy[2 * i] - x) ** 2 + (this.xy[2 * i + 1] - y) ** 2;
          if (distance <= least) [best, least] = [i, distance];
        }
      }
    }
    return best;
  }
}

const column = (v: number): number => Math.min(CELLS - 1, Math.max(0, Math.floor(v * CELLS)));

// Even–odd rule; the outline closes itself.
export function inside(outline: [number, number][], xy: Float32Array): Uint8Array {
  const found = new Uint8Array(xy.length / 2);
  const xs = outline.map(([x]) => x);
  const ys = outline.map(([, y]) => y);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  for (let i = 0; i < found.length; i++) {
    const x = xy[2 * i];
    const y = xy[2 * i + 1];
    if (x < left || x > right || y < top || y > bottom) continue;
    let odd = 0;
    for (let a = 0, b = outline.length - 1; a < outline.length; b = a++) {
      if (ys[a] > y !== ys[b] > y && x < ((xs[b] - xs[a]) * (y - ys[a])) / (ys[b] - ys[a]) + xs[a]) odd ^= 1;
    }
    found[i] = odd;
  }
  return found;
}
