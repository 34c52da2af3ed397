// A table of many rows of one height, of which only those in sight exist. One tab stop; arrow keys move the active row.

import { h, replace } from "./dom";

export interface GridOptions {
  label: string;
  className: string;
  head: HTMLElement[]; // one per column
  rowHeight: number;
  cells(row: number): HTMLElement[]; // one per column
  activate(row: number, event: MouseEvent | KeyboardEvent): void; // click, Enter or Space
  selected(row: number): boolean;
  glance?(row: number): void; // the pointer is on a row, or on none: -1
}

const SPARE = 6; // rows drawn beyond what is in sight

let grids = 0;

export class Grid {
  readonly element: HTMLElement;
  private body = h("div", { class: "grid-body", role: "rowgroup" });
  private count = 0;
  private active = 0;
  private drawn: [number, number] = [0, 0];
  private readonly id = `grid-${++grids}`;

  constructor(private options: GridOptions) {
    const head = h("div", { class: "grid-head", role: "row", "aria-rowindex": 1 }, ...options.head);
    for (const cell of options.head) cell.setAttribute("role", "columnheader");
    this.element = h(
      "div",
      { class: `grid ${options.className}`, role: "grid", "aria-label": options.label, "aria-multiselectable": true, tabindex: 0 },
      h("div", { role: "rowgroup", class: "grid-top" }, head),
      this.body,
    );
    this.element.style.setProperty("--row", `${options.rowHeight}px`);
    this.element.addEventListener("scroll", () => this.draw(false), { passive: true });
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.body.addEventListener("click", (event) => {
      const row = (event.target as Element).closest<HTMLElement>(".grid-row");
      if (!row) return;
      this.active = Number(row.dataset.row);
      this.options.activate(this.active, event);
      this.draw(true);
    });
    this.body.addEventListener("pointerover", (event) => {
      const row = (event.target as Element).closest<HTMLElement>(".grid-row");
      if (event.pointerType !== "touch") this.options.glance?.(row ? Number(row.dataset.row) : -1);
    });
    this.body.addEventListener("pointerleave", () => this.options.glance?.(-1));
    new ResizeObserver(() => this.draw(true)).observe(this.element);
  }

  // Shows another list of rows, from its top unless the reader is to stay where they are.
  show(count: number, stay = false): void {
    this.count = count;
    this.active = stay ? Math.min(this.active, Math.max(0, count - 1)) : 0;
    if (!stay) this.element.scrollTop = 0;
    this.element.setAttribute("aria-rowcount", String(count + 1));
    this.body.style.height = `${count * this.options.rowHeight}px`;
    this.draw(true);
  }

  // Brings a row into sight and makes it the active one.
  reveal(row: number): void {
    this.active = row;
    const { rowHeight } = this.options;
    const seen = this.element.clientHeight - this.body.offsetTop;
    const top = row * rowHeight;
    if (top < this.element.scrollTop) this.element.scrollTop = top;
    else if (top + rowHeight > this.element.scrollTop + seen) this.element.scrollTop = top + rowHeight - seen;
    this.draw(true);
  }

  private draw(anew: boolean): void {
    const { rowHeight, cells, selected } = this.options;
    const first = Math.max(0, Math.floor(this.element.scrollTop / rowHeight) - SPARE);
    const last = Math.min(this.count, Math.ceil((this.element.scrollTop + this.element.clientHeight) / rowHeight) + SPARE);
    if (!anew && first >= this.drawn[0] && last <= this.drawn[1] && Math.abs(first - this.drawn[0]) < SPARE) return;
    this.drawn = [first, last];
    const rows: HTMLElement[] = [];
    for (let row = first; row < last; row++) {
      const element = h(
        "div",
        { class: "grid-row", role: "row", id: `${this.id}-${row}`, "data-row": row, "aria-rowindex": row + 2, "aria-selected": String(selected(row)) },
        ...cells(row),
      );
      for (const cell of element.children) cell.setAttribute("role", "gridcell");
      if (row === this.active) element.classList.add("active");
      element.style.top = `${row * rowHeight}px`;
      rows.push(element);
    }
    replace(this.body, ...rows);
    if (this.active >= first && this.active < last) this.element.setAttribute("aria-activedescendant", `${this.id}-${this.active}`);
    else this.element.removeAttribute("aria-activedescendant");
  }

  private key(event: KeyboardEvent): void {
    if (event.target !== this.element || !this.count) return;
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.options.rowHeight) - 1);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.count, End: this.count };
    if (event.key in steps) this.reveal(Math.min(this.count - 1, Math.max(0, this.active + steps[event.key])));
    else if (event.key === "Enter" || event.key === " ") {
      this.options.activate(this.active, event);
      this.draw(true);
    } else return;
    event.preventDefault();
  }
}
