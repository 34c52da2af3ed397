// The rows that pass the filters, as a file: row numbers of the source, groups and (cut) texts.

import type { Store } from "./store";

interface Row {
  [field: string]: string | number | null;
}

function rows(store: Store): Row[] {
  const { data } = store;
  return Array.from(store.shown, (point) => {
    const row: Row = { row: data.row[point] };
    for (const { key, members, groups } of data.groupings) row[key] = groups[members[point]]?.name ?? null;
    row.text = data.text[point];
    return row;
  });
}

export const toJson = (store: Store): string => `[\n${rows(store).map((row) => JSON.stringify(row)).join(",\n")}\n]\n`;

export function toCsv(store: Store): string {
  const fields = ["row", ...store.data.groupings.map(({ key }) => key), "text"];
  const lines = rows(store).map((row) => fields.map((field) => cell(row[field])).join(","));
  return `${[fields.join(","), ...lines].join("\r\n")}\r\n`;
}

// A spreadsheet runs a cell that begins with one of these signs as a formula; an apostrophe keeps it a text.
export function cell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
