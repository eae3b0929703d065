/** Where a policy is, as `--policy`, COUNTERSIGN_POLICY and `verifier.yaml` write it. */
import { type Digest, tryParseDigest, whyNoDigest } from "../core/digest.ts";
import { CountersignError } from "../core/errors.ts";
import { parseReference, type RegistryReference } from "../core/reference.ts";

export type PolicyLocation =
  | { readonly kind: "file"; readonly path: string; readonly digest?: Digest }
  | { readonly kind: "registry"; readonly reference: RegistryReference };

const SCHEME = "oci://";

/** `FILE`, `FILE@sha256:…` or `oci://registry/repository[:tag][@digest]`. Throws `reference/…`. */
export function parsePolicyLocation(text: string): PolicyLocation {
  if (text.startsWith(SCHEME)) {
    const reference = parseReference(text.slice(SCHEME.length));
    if (reference.kind === "registry") return { kind: "registry", reference };
    throw new CountersignError("reference/invalid", `Cannot read policy "${text}": it names no repository of a registry`, {
      remedy: "oci://registry.example/policies/shop",
    });
  }
  // What looks like a digest is one: a file that is really called so has to be given another name.
  const [, path = text, written] = /^(.+)@(sha[0-9]+:[^/]*)$/s.exec(text) ?? [];
  if (written === undefined) return { kind: "file", path };
  const digest = tryParseDigest(written);
  if (digest === undefined || !digest.startsWith("sha256:")) {
    const why = digest === undefined ? whyNoDigest(written) : "a policy is pinned by sha256";
    throw new CountersignError("reference/invalid-digest", `Cannot read policy "${text}": ${why}`);
  }
  return { kind: "file", path, digest };
}
