/** Parts of a policy in words, the same for the same meaning: order plays no part. */
import type { Identity } from "../../core/policy.ts";
import { formatStore } from "../../core/trust-source.ts";

/** `CN=ci, O=Acme under ca:acme`, `key SHA256:…`. */
export function describeIdentity(identity: Identity): string {
  switch (identity.kind) {
    case "certificate":
      return `${describeCertificate(identity.is)} under ${formatStore(identity.anchor)}`;
    case "key":
      return `key ${identity.fingerprint}`;
    case "keyless":
    case "oidc":
      return `${identity.kind} ${identity.text}`;
  }
}

function describeCertificate(is: Extract<Identity, { kind: "certificate" }>["is"]): string {
  switch (is.kind) {
    case "subject":
      return is.pairs
        .map(({ type, value }) => `${type}=${value}`)
        .toSorted()
        .join(", ");
    case "san":
      return `${is.type} ${is.value}`;
    case "fingerprint":
      return `certificate ${is.sha256}`;
  }
}
