// The summary that Python wrote into the page; its keys are described in src/taskscape/report/summary.py.

export interface Group {
  name: string;
  size: number;
  x: number;
  y: number;
  slot: number;
  terms?: string[];
  typical?: number[];
  verb?: string;
  noun?: string;
}

export interface Grouping {
  key: string;
  title: string;
  one: string;
  many: string;
  members: Int32Array; // group of each point, -1 for none
  groups: Group[]; // largest first
}

export interface Summary {
  title: string;
  source: string;
  recognised: string;
  encoder: string;
  rows: number;
  shown: number;
  rejected: number;
  stages: [string, number][];
  row: number[];
  text: string[];
  xy: Float32Array; // x0, y0, x1, y1 …, each 0 to 1
  groupings: Grouping[];
}

export const EXCERPT = 240; // most characters of a text that are in the page
const STRIPPED = 20; // spaces at the end of the kept part are left out: a cut text may be that much shorter
const STEPS = 65535;

// Python counts characters, not UTF-16 units.
export const isCut = (text: string): boolean => text.endsWith("…") && [...text].length > EXCERPT - STRIPPED;

export async function readSummary(base64: string): Promise<Summary> {
  const bytes = Uint8Array.from(atob(base64.trim()), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const plain = JSON.parse(await new Response(stream).text());
  const { row, x, y, text } = plain.points;
  const xy = new Float32Array(2 * row.length);
  for (let i = 0; i < row.length; i++) {
    xy[2 * i] = x[i] / STEPS;
    xy[2 * i + 1] = y[i] / STEPS;
  }
  const groupings = plain.groupings.map((grouping: Grouping) => ({
    ...grouping,
    members: Int32Array.from(grouping.members),
    groups: grouping.groups.map((group) => ({ ...group, x: group.x / STEPS, y: group.y / STEPS })),
  }));
  return { ...plain, stages: Object.entries(plain.stages), row, text, xy, groupings };
}
