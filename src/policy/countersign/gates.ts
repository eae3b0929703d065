/** Reads `gates`: what is needed, and which gates come before. */
import type { Action } from "../../core/finding.ts";
import { readEach } from "./complaints.ts";
import { OBJECTS } from "./fields.ts";
import { checkName, type Named, namedEntries, readNames } from "./name.ts";
import type { Entry, Fields, Place } from "./place.ts";
import { readApproval, readStay, type Stay, type WrittenApproval } from "./read-approval.ts";
import type { Need } from "./need.ts";
import { readNeed } from "./read-need.ts";

export const SET_CHECKS = ["expiry", "time", "revocation"] as const;

export type Checks = Readonly<Record<(typeof SET_CHECKS)[number], Action>>;

const BY_STRICTNESS: readonly Action[] = ["enforce", "log", "skip"];

/** Of gates that are judged together the strictest counts. */
export function strictest(gates: readonly { readonly checks: Partial<Checks> }[], check: keyof Checks): Action {
  return BY_STRICTNESS.find((action) => gates.some(({ checks }) => (checks[check] ?? "enforce") === action)) ?? "enforce";
}

export function isLaxer(action: Action, than: Action): boolean {
  return BY_STRICTNESS.indexOf(action) > BY_STRICTNESS.indexOf(than);
}

export interface WrittenGate {
  readonly name: string;
  readonly key: Place;
  readonly after: readonly Named[];
  readonly needs: readonly Need[];
  readonly approve: WrittenApproval | undefined;
  readonly stay: Stay | undefined;
  /** An image that was replaced may come back. */
  readonly rollback: boolean;
  readonly checks: Checks;
}

/** Whoever looks at a policy wants to know who opens each gate, which takes the time of all that come before it. */
export const MAX_GATES = 300;

export function readGates(place: Place): readonly WrittenGate[] {
  const entries = namedEntries(place, `prod: ${OBJECTS.gate.example}`);
  if (entries.length > MAX_GATES) place.refuse(`has over ${MAX_GATES} gates`, "divide the policy");
  return readEach(entries, readGate);
}

function readGate({ name, key, value }: Entry): WrittenGate {
  checkName(name, key);
  const gate = value.object<Omit<WrittenGate, "name" | "key">>(OBJECTS.gate, (fields) => ({
    after: () => {
      const place = fields.optional("after");
      if (place !== undefined) return readNames(place, "the name of a gate, or a list of them", "build");
      if (fields.all(["needs", "approve"]).length > 0) return [];
      return value.refuse("has neither needs nor after nor approve, and would let everything pass", `write ${OBJECTS.gate.example}`);
    },
    needs: () => {
      const place = fields.optional("needs");
      return place === undefined ? [] : readEach(place.list("a list of needs", OBJECTS.gate.example), readNeed);
    },
    approve: () => {
      const place = fields.optional("approve");
      return place && readApproval(place);
    },
    stay: () => {
      const place = fields.optional("stay");
      return place && readStay(place);
    },
    rollback: () => fields.optional("rollback")?.flag() ?? false,
    checks: () => readChecks(fields.optional("checks")),
  }));
  return { name, key, ...gate };
}

function readChecks(place: Place | undefined): Checks {
  const action = (fields: Fields, name: keyof Checks): Action => fields.optional(name)?.oneOf(["enforce", "log", "skip"]) ?? "enforce";
  if (place === undefined) return { expiry: "enforce", time: "enforce", revocation: "enforce" };
  return place.object<Checks>(OBJECTS.checks, (fields) => ({
    expiry: () => action(fields, "expiry"),
    time: () => action(fields, "time"),
    revocation: () => action(fields, "revocation"),
  }));
}
