/** A signed in-toto statement, as the engine knows a signature; bundles and cosign's attestations carry the same. */
import type { Statement, StatementSubject } from "../core/evidence.ts";
import { Malformed } from "../core/malformed.ts";
import { IN_TOTO } from "../core/media-types.ts";
import type { Claims, Signature } from "../core/signature.ts";
import { showForeign } from "../core/display.ts";
import { type DsseEnvelope, preAuthEncoding } from "../encoding/dsse.ts";
import { decodeStatement } from "../statements/statement.ts";
import { isImageSignature } from "./image-signature.ts";

/** By a bare key that the envelope does not name. Throws `Malformed`. */
export function readStatementSignature({ payloadType, payload, signature }: DsseEnvelope): Signature {
  if (payloadType !== IN_TOTO) {
    throw new Malformed("dsse/payload-type", `a DSSE envelope holds "${showForeign(payloadType, 100)}", not ${IN_TOTO}`);
  }
  return {
    claimed: claimsOf(decodeStatement(payload)),
    signedBytes: preAuthEncoding(payloadType, payload),
    value: signature,
    chain: [],
    timestamps: [],
  };
}

function claimsOf(statement: Statement): Claims {
  return {
    subject: { digest: digestOfSubject(statement.subjects[0]) },
    timeScheme: "signer",
    scheme: "DSSEv1",
    annotations: commonAnnotations(statement.subjects),
    ...(isImageSignature(statement) ? {} : { statement }),
  };
}

function digestOfSubject(subject: StatementSubject | undefined): string {
  const digests = Object.entries(subject?.digest ?? {});
  const [algorithm, value] = digests.find(([name]) => name === "sha256") ?? digests[0] ?? [];
  return `${algorithm ?? ""}:${value ?? ""}`;
}

/** What is said of every subject: an annotation of one must not be taken for another's. */
function commonAnnotations([first, ...others]: readonly StatementSubject[]): Readonly<Record<string, string>> {
  const pairs = Object.entries(first?.annotations ?? {}).filter(([name, value]) =>
    others.every(({ annotations = {} }) => Object.hasOwn(annotations, name) && annotations[name] === value),
  );
  return Object.fromEntries(pairs);
}
