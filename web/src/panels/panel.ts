// A panel is one tab beside the map. To add one (a section for an analysis): write a file here that makes a Panel from
// the store, and name it in index.ts. A panel reads the store and listens to it; it knows no other panel.

export interface Panel {
  id: string;
  title: string;
  element: HTMLElement;
  badge?(): string; // a short figure beside the title
}
