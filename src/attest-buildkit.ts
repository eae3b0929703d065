/** Countersigns what BuildKit has put into an index: its SBOMs and provenance are unsigned, and count for nothing by themselves. */
import { attest, type AttestOptions, type AttestResult } from "./attest.ts";
import { type Descriptor, isObject, parseDescriptor } from "./core/descriptor.ts";
import { CountersignError } from "./core/errors.ts";
import { LIMITS } from "./core/limits.ts";
import { Malformed } from "./core/malformed.ts";
import { DOCKER_LIST, IN_TOTO, OCI_INDEX } from "./core/media-types.ts";
import { formatReference, pinReference, type Reference } from "./core/reference.ts";
import type { StoredManifest } from "./core/store.ts";
import { decodeManifest } from "./encoding/manifest.ts";
import { isAbout } from "./evidence/examine-evidence.ts";
import { decodeStatement } from "./statements/statement.ts";

/** Source: BuildKit, "Image attestation storage". */
const KIND = "vnd.docker.reference.type";
const ABOUT = "vnd.docker.reference.digest";

type BuildKitOptions = Omit<AttestOptions, "predicateType" | "predicate">;

/** One result a statement, each for the manifest that it is about. Throws `document/unknown` where there are none, `document/invalid` for a broken one. */
export async function attestFromBuildKit(reference: Reference, options: BuildKitOptions): Promise<readonly AttestResult[]> {
  const { store } = options;
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const place = formatReference(reference);
  const index = await store.resolve(reference, call);
  const found = attestationManifests(index);
  if (found.length === 0) {
    throw new CountersignError("document/unknown", `Cannot attest "${place}": BuildKit has put no SBOM or provenance into it`, {
      remedy: "build with --attest type=sbom --attest type=provenance, and name the index that buildx printed",
    });
  }
  const results: AttestResult[] = [];
  try {
    for (const { manifest, about } of found) {
      const bytes = await store.fetch(manifest, call);
      for (const layer of statementLayers(bytes)) {
        if (layer.size > LIMITS.statementBytes) throw new Malformed("integrity/too-large", `a statement claims ${layer.size} bytes`);
        const statement = decodeStatement(await store.fetch(layer, call));
        // Somebody else's index may hold anything: what is signed is said of the image that it names, or not at all.
        if (!isAbout(statement, about.digest))
          throw new Malformed("evidence/subject", `a statement of ${manifest.digest} is about another image`);
        const { predicateType, predicate } = statement;
        results.push(await attest(pinReference(reference, about.digest), { ...options, predicateType, predicate }));
      }
    }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new CountersignError("document/invalid", `Cannot attest "${place}": ${error.message}`, { cause: error });
  }
  return results;
}

interface AttestationManifest {
  readonly manifest: Descriptor;
  /** The child of the index that it is about. */
  readonly about: Descriptor;
}

function attestationManifests({ descriptor, bytes }: StoredManifest): readonly AttestationManifest[] {
  const { manifests } = decodeManifest(bytes);
  if ((descriptor.mediaType !== OCI_INDEX && descriptor.mediaType !== DOCKER_LIST) || !Array.isArray(manifests)) return [];
  const children = manifests.map(parseDescriptor);
  return children.flatMap((manifest) => {
    if (manifest.annotations?.[KIND] !== "attestation-manifest") return [];
    const about = children.find(({ digest }) => digest === manifest.annotations?.[ABOUT]);
    return about === undefined ? [] : [{ manifest, about }];
  });
}

function statementLayers(bytes: Uint8Array): readonly Descriptor[] {
  const { layers } = decodeManifest(bytes);
  if (!Array.isArray(layers)) return [];
  return layers.filter((layer) => isObject(layer) && layer["mediaType"] === IN_TOTO).map(parseDescriptor);
}
