/** Envelopes from plans: the formats written a second time, so that the code under test is not its own witness. */
import { type Item, type Pairs, Raw, sorted, Tag, writeCbor, Pairs as CborPairs } from "./cbor-tree.ts";
import { type Json, type Plan, TIMESTAMP } from "./plan.ts";
import { createToken } from "./timestamp.ts";

export function createEnvelope(plan: Plan, chain: readonly Uint8Array[]): Uint8Array {
  const unprotected = plan.unprotected.has("x5c") ? plan.unprotected : new Map([...plan.unprotected, ["x5c", chain]]);
  const payload = plan.writePayload(plan.payload);
  return plan.editEnvelope(plan.format === "jws" ? writeJws(plan, { payload, unprotected }) : writeCose(plan, { payload, unprotected }));
}

interface Parts {
  readonly payload: Uint8Array;
  readonly unprotected: ReadonlyMap<string | number, unknown>;
}

/** The headers with a timestamp of the signature, if the plan has one. */
function stamped({ token }: Plan, headers: Parts["unprotected"], signature: Uint8Array): Parts["unprotected"] {
  return token === undefined ? headers : new Map([...headers, [TIMESTAMP, createToken(token, signature)]]);
}

function writeJws(plan: Plan, { payload, unprotected }: Parts): Uint8Array {
  const protectedText = base64Url(Buffer.from(plan.jws.protectedText(JSON.stringify(jsonOf(plan.protected)))));
  const members: Json = { payload: base64Url(payload), protected: protectedText };
  plan.jws.signed(members);
  const signature = plan.sign(Buffer.from(`${String(members["protected"])}.${String(members["payload"])}`));
  members["header"] = jsonOf(stamped(plan, unprotected, signature));
  members["signature"] = base64Url(signature);
  plan.jws.members(members);
  return Buffer.from(plan.jws.text(JSON.stringify(members)));
}

function jsonOf(headers: ReadonlyMap<string | number, unknown>): Json {
  return Object.fromEntries(Array.from(headers, ([name, value]) => [name, jsonValue(value)]));
}

function jsonValue(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString().replace(".000Z", "Z");
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return Array.isArray(value) ? value.map(jsonValue) : value;
}

export function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}

const LABELS: Readonly<Record<string, number>> = { alg: 1, crit: 2, cty: 3, x5c: 33 };
const ALGORITHMS: Readonly<Record<string, number>> = { ES256: -7, ES384: -35, ES512: -36, PS256: -37, PS384: -38, PS512: -39 };

function writeCose(plan: Plan, { payload, unprotected }: Parts): Uint8Array {
  const protectedBytes = writeCbor(plan.cose.protectedMap(pairsOf(plan.protected)));
  const signature = plan.sign(writeCbor(["Signature1", protectedBytes, new Uint8Array(), payload]));
  const items: Item[] = [protectedBytes, plan.cose.unprotectedMap(pairsOf(stamped(plan, unprotected, signature))), payload, signature];
  plan.cose.items(items);
  const document = plan.cose.document(items);
  return writeCbor(document === items ? new Tag(18, items) : document);
}

function pairsOf(headers: ReadonlyMap<string | number, unknown>): Pairs {
  return sorted(Array.from(headers, ([name, value]) => [LABELS[name] ?? name, cborValue(name, value)]));
}

function cborValue(name: string | number, value: unknown): Item {
  if (name === "alg" && typeof value === "string") return ALGORITHMS[value] ?? value;
  if (value instanceof Date) return new Tag(1, Math.floor(value.getTime() / 1000));
  if (Array.isArray(value)) return value.map((entry) => cborValue("", entry));
  if (value instanceof Uint8Array || value instanceof Raw || value instanceof Tag || value instanceof CborPairs) return value;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean" || value === null) return value;
  throw new Error(`no CBOR for ${String(name)}`);
}
