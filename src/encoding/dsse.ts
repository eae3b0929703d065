/** DSSE: a payload with its type, and a signature over both. Source: DSSE 1.0, protocol.md and envelope.md. */
import { refuseCaseVariants } from "../core/case-variants.ts";
import { isObject } from "../core/descriptor.ts";
import { Malformed } from "../core/malformed.ts";
import { decodeBase64, encodeBase64 } from "./base64.ts";

export interface DsseEnvelope {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** What the signature says of its key; not covered by it, and empty where it says nothing. */
  readonly keyId: string;
}

const MEMBERS: readonly string[] = ["payload", "payloadType", "signatures"];
const SIGNATURE_MEMBERS: readonly string[] = ["sig", "keyid"];

/**
 * An envelope from parsed JSON, with exactly one signature: of several, one verifier could judge another than the next.
 * Other members are passed over, as DSSE asks, unless `isClosed`.
 */
export function decodeDsse(value: unknown, options: { readonly isClosed?: boolean } = {}): DsseEnvelope {
  const envelope = members(value, { known: MEMBERS, ...options });
  const { signatures } = envelope;
  if (!Array.isArray(signatures)) throw new Malformed("dsse/invalid", "a DSSE envelope has no list of signatures");
  if (signatures.length !== 1) throw new Malformed("dsse/signatures", `a DSSE envelope has ${signatures.length} signatures instead of one`);
  const signature = members(signatures[0], { known: SIGNATURE_MEMBERS, ...options });
  const { keyid } = signature;
  if (keyid !== undefined && keyid !== null && typeof keyid !== "string") throw new Malformed("dsse/invalid", "a DSSE key id is not text");
  return {
    payloadType: text(envelope, "payloadType"),
    payload: decodeBase64(text(envelope, "payload")),
    signature: decodeBase64(text(signature, "sig")),
    keyId: keyid ?? "",
  };
}

function members(
  value: unknown,
  { known, isClosed = false }: { readonly known: readonly string[]; readonly isClosed?: boolean },
): Readonly<Record<string, unknown>> {
  if (!isObject(value)) throw new Malformed("dsse/invalid", "a DSSE envelope, or a signature in it, is not an object");
  refuseCaseVariants(value, known);
  if (isClosed && Object.keys(value).some((name) => !known.includes(name))) {
    throw new Malformed("dsse/invalid", "a DSSE envelope has a member that is not known");
  }
  return value;
}

function text(object: Readonly<Record<string, unknown>>, name: string): string {
  const value = object[name];
  if (typeof value !== "string" || value === "") throw new Malformed("dsse/invalid", `a DSSE envelope has no text "${name}"`);
  return value;
}

/** As JSON has it, without a key id: verifiers must not rely on one. */
export function encodeDsse({ payloadType, payload, signature }: Omit<DsseEnvelope, "keyId">): object {
  return { payload: encodeBase64(payload), payloadType, signatures: [{ sig: encodeBase64(signature) }] };
}

/** The bytes that are signed; lengths are those of the bytes, never of characters. Source: protocol.md, "Signature Definition". */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = Buffer.from(payloadType, "utf8");
  const head = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${payload.length} `)]);
  return Buffer.concat([head, payload]);
}
