/** What is wrong with a policy document, each with its place; a document with one complaint judges nothing. */
import { CountersignError } from "../../core/errors.ts";
import { quoteWord } from "../../core/shell.ts";
import type { YamlPosition } from "../../encoding/yaml-node.ts";

export interface Complaint {
  /** `undefined` for a document that cannot be read at all. */
  readonly position: YamlPosition | undefined;
  /** The way to it: `gates.prod.needs[0].signature.by`. */
  readonly member: string;
  /** Follows the member: `names "cii", which is no person or party`. */
  readonly state: string;
  /** What to write. */
  readonly remedy: string;
  readonly cause?: unknown;
}

/** Ends the reading of one part of the document; the others are still read. */
export class Complaints extends Error {
  readonly complaints: readonly Complaint[];
  constructor(complaints: readonly Complaint[]) {
    super(complaints.map(({ member, state }) => `${member} ${state}`).join("\n"));
    this.name = "Complaints";
    this.complaints = complaints;
  }
}

/** What each reader makes of its part, and what is wrong with any of them; the result is whole only without a complaint. */
export function readAll<T>(readers: { readonly [K in keyof T]: () => T[K] }): {
  readonly result: T;
  readonly complaints: readonly Complaint[];
} {
  const result: Partial<T> = {};
  const complaints: Complaint[] = [];
  for (const name in readers) {
    try {
      result[name] = readers[name]();
    } catch (error) {
      collect(error, complaints);
    }
  }
  return { result: result as T, complaints };
}

/** The same, for a whole alone: throws `Complaints` with all that is wrong. */
export function readWhole<T>(readers: { readonly [K in keyof T]: () => T[K] }): T {
  const { result, complaints } = readAll<T>(readers);
  if (complaints.length > 0) throw new Complaints(complaints);
  return result;
}

/** The same for parts of one kind. A loop, because a large policy has thousands of them. */
export function readEach<Part, Result>(parts: readonly Part[], read: (part: Part) => Result): readonly Result[] {
  const results: Result[] = [];
  const complaints: Complaint[] = [];
  for (const part of parts) {
    try {
      results.push(read(part));
    } catch (error) {
      collect(error, complaints);
    }
  }
  if (complaints.length > 0) throw new Complaints(complaints);
  return results;
}

function collect(error: unknown, complaints: Complaint[]): void {
  if (!(error instanceof Complaints)) throw error;
  // One at a time: a hundred thousand arguments are too many for a call.
  for (const complaint of error.complaints) complaints.push(complaint);
}

/** The error for a document: its first complaint, with all of them in the detail. */
export function refuseDocument(
  source: string,
  complaints: readonly Complaint[],
  document: "policy" | "configuration" | "policy test" | "recorded image" = "policy",
): CountersignError {
  // What two parts of the document need is complained of for both.
  const distinct = new Map(complaints.toSorted(byPlace).map((complaint) => [`${complaint.member} ${complaint.state}`, complaint]));
  const [first = UNREAD, ...others] = distinct.values();
  const { position } = first;
  const place = position === undefined ? "" : `line ${position.line}, column ${position.column}: `;
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  const code = document === "configuration" ? "config/invalid" : "policy/invalid";
  const check = source === "stdin" || document !== "policy" ? "" : `; then: countersign policy check ${quoteWord(source)}`;
  return new CountersignError(code, `Cannot use ${document} "${source}": ${place}${first.member} ${first.state}${more}`, {
    remedy: `${first.remedy}${check}`,
    detail: { ...position, member: first.member, problems: [first, ...others].map(problemOf) },
    cause: first.cause,
  });
}

/** For a document that nobody complained of in particular. */
const UNREAD: Complaint = { position: undefined, member: "the document", state: "cannot be read", remedy: "correct it" };

function problemOf({ position, member, state, remedy }: Complaint): object {
  return { ...position, member, state, remedy };
}

function byPlace({ position: a }: Complaint, { position: b }: Complaint): number {
  return (a?.line ?? 0) - (b?.line ?? 0) || (a?.column ?? 0) - (b?.column ?? 0);
}
