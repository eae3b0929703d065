/** Who is believed about time, and by whose policies. */
import type { Policy, Selection } from "../../core/policy.ts";
import { formatStore, type TrustStoreName } from "../../core/trust-source.ts";
import { readEach } from "../countersign/complaints.ts";
import { checkName } from "../countersign/name.ts";
import type { Place } from "../countersign/place.ts";
import { parseTrustStoreName } from "../trust-store-name.ts";
import { VERIFIER_OBJECTS as OBJECTS } from "./fields.ts";
import type { Witness } from "./verifier.ts";

const EXAMPLE = '{ operator: acme, timestamp: { store: "tsa:acme" } }';

export function readWitnesses(place: Place | undefined): readonly Witness[] {
  const entries = place?.entries("a map of witnesses by name", `acme-tsa: ${EXAMPLE}`) ?? [];
  const seen = new Map<string, Place>();
  return readEach(entries, ({ name, key, value }) => {
    checkName(name, key);
    const { operator, timestamp } = value.object<{ operator: string; timestamp: { readonly store: TrustStoreName; readonly at: Place } }>(
      OBJECTS.witness,
      (fields) => ({
        operator: () => readOperator(fields.required("operator")),
        timestamp: () => readTimestamp(fields.required("timestamp")),
      }),
    );
    // One that is there twice would be two who agree with each other.
    const other = seen.get(formatStore(timestamp.store));
    if (other !== undefined) timestamp.at.refuse(`is the store of ${other.member} too`, "write each store once");
    seen.set(formatStore(timestamp.store), timestamp.at);
    return { name, operator, store: timestamp.store };
  });
}

function readOperator(place: Place): string {
  return checkName(place.text("acme"), place);
}

function readTimestamp(place: Place): { readonly store: TrustStoreName; readonly at: Place } {
  return place.object<{ store: { readonly store: TrustStoreName; readonly at: Place } }>(OBJECTS.timestampWitness, (fields) => ({
    store: () => {
      const at = fields.required("store");
      const store = parseTrustStoreName(at.text("tsa:acme"), (state) => at.refuse(`is wrong: ${state}`, "write tsa:NAME"));
      if (store.type !== "tsa")
        at.refuse("is no store of timestamp authorities", "write tsa:NAME; countersign trust list shows the stores");
      return { store, at };
    },
  })).store;
}

/**
 * The same policy, where the verifier's witnesses are believed about time. A policy of people says nothing of that
 * itself: what is judged must not choose its clock. A Notary trust policy has `tsa` stores of its own, as notation wants it.
 */
export function withWitnesses(policy: Policy, witnesses: readonly Witness[]): Policy {
  if (witnesses.length === 0) return policy;
  return { ...policy, select: (repository, gate) => addWitnesses(policy.select(repository, gate), witnesses) };
}

function addWitnesses(selection: Selection, witnesses: readonly Witness[]): Selection {
  if (selection.kind !== "gate" || selection.rules?.signers.kind !== "members") return selection;
  const { rules } = selection;
  const trustStores = [...rules.trustStores, ...witnesses.map(({ store }) => store)];
  const operators = new Map(witnesses.map(({ store, operator }) => [formatStore(store), operator]));
  // Who can sign today needs no proof; what outlives a certificate does.
  return { ...selection, rules: { ...rules, trustStores, operators, verifyTimestamp: "afterCertExpiry" } };
}
