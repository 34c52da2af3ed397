// What a person types in the search box: words that must all occur, "phrases in quotes", and -words that must not.
// Letters are compared without case and without accents.

const LEAD = 70; // letters before the first match that fit in a row of the table

export interface Query {
  wanted: string[];
  unwanted: string[];
}

export function parseQuery(typed: string): Query {
  const query: Query = { wanted: [], unwanted: [] };
  for (const [, minus, phrase, word] of typed.matchAll(/(-?)(?:"([^"]*)"?|(\S+))/g)) {
    const term = fold(phrase ?? word);
    // A lone hyphen or quote is what is typed on the way to "-word" or "a phrase".
    if (term === "" || term === "-") continue;
    (minus ? query.unwanted : query.wanted).push(term);
  }
  return query;
}

export const isEmpty = (query: Query): boolean => !query.wanted.length && !query.unwanted.length;

export const matches = (folded: string, query: Query): boolean =>
  query.wanted.every((term) => folded.includes(term)) && !query.unwanted.some((term) => folded.includes(term));

// Folding keeps the length for most texts, so that places found in the folded text can be marked in the text itself.
export function fold(text: string): string {
  return text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
}

// A text from a little before its first match, where that lies far in, so that the match is in sight.
export function snippet(text: string, query: Query): string {
  const folded = fold(text);
  const first = Math.min(...query.wanted.map((term) => folded.indexOf(term)));
  if (!Number.isFinite(first) || first < LEAD || folded.length !== text.length) return text;
  const start = text.lastIndexOf(" ", first - LEAD / 2);
  return `… ${text.slice(start < first - LEAD ? first - LEAD / 2 : start + 1)}`;
}

export function highlighted(text: string, query: Query): (Node | string)[] {
  const folded = fold(text);
  if (!query.wanted.length || folded.length !== text.length) return [text];
  const marked = new Uint8Array(text.length);
  for (const term of query.wanted)
    for (let at = folded.indexOf(term); at >= 0; at = folded.indexOf(term, at + term.length)) marked.fill(1, at, at + term.length);
  const parts: (Node | string)[] = [];
  for (let start = 0; start < text.length; ) {
    let end = start;
    while (end < text.length && marked[end] === marked[start]) end++;
    const piece = text.slice(start, end);
    if (marked[start]) {
      const mark = document.createElement("mark");
      mark.textContent = piece;
      parts.push(mark);
    } else parts.push(piece);
    start = end;
  }
  return parts;
}
