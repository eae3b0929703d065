/** Small pieces of text output that several commands share. */
import { showForeign } from "../../core/display.ts";

/** Rows as columns, two spaces apart; every cell is made safe to show. */
export function renderTable(rows: readonly (readonly string[])[]): string {
  const shown = rows.map((row) => row.map((cell) => showForeign(cell)));
  const widths: number[] = [];
  for (const row of shown) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  return shown
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** An RFC 3339 time without fractions. */
export function formatTime(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, "Z");
}

/** `sha256:3f2a9c…`: enough of a digest to tell it from its neighbours; the whole one stands in the JSON. */
export function shortDigest(digest: string): string {
  return /^sha\d{3}:[0-9a-f]{13,}$/.test(digest) ? `${digest.slice(0, 19)}…` : showForeign(digest);
}

/** `1 signature`, `2 signatures`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** `512 bytes`, `1.5 kB`, `20 MB`: powers of ten, as registries show them. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return counted(bytes, "byte");
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), 4);
  const value = bytes / 1000 ** power;
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${["", "kB", "MB", "GB", "TB"][power]}`;
}
