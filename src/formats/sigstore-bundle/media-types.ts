/** Media types of Sigstore bundles. Source: sigstore_bundle.proto, `media_type`; cosign, BUNDLE_SPEC. */

/** The one that is written: blob, layer and artifact type. */
export const BUNDLE: string = "application/vnd.dev.sigstore.bundle.v0.3+json";

/** By what each says its version is; any other is refused. */
export const BUNDLE_VERSIONS: Readonly<Record<string, "0.1" | "0.2" | "0.3">> = {
  [BUNDLE]: "0.3",
  "application/vnd.dev.sigstore.bundle+json;version=0.3": "0.3",
  "application/vnd.dev.sigstore.bundle+json;version=0.2": "0.2",
  "application/vnd.dev.sigstore.bundle+json;version=0.1": "0.1",
};

export const BUNDLE_TYPES: readonly string[] = Object.keys(BUNDLE_VERSIONS);
