/** `verifier.yaml` as data: pure reading, every complaint with its place. */
import { type Digest, tryParseDigest } from "../../core/digest.ts";
import { readMoment } from "../../core/moment.ts";
import { Complaints, readEach, refuseDocument } from "../countersign/complaints.ts";
import { checkName } from "../countersign/name.ts";
import type { Fields, Place } from "../countersign/place.ts";
import type { ReadFile } from "../countersign/public-key.ts";
import { decodePlace } from "../decode-place.ts";
import type { PolicyLocation } from "../policy-location.ts";
import { readDeploy } from "./deploy.ts";
import { VERIFIER_OBJECTS as OBJECTS } from "./fields.ts";
import { readLocation } from "./location.ts";
import { readRevocations } from "./revocations.ts";
import { readRoles, type Roles } from "./roles.ts";
import {
  type ConfiguredPolicy,
  type DeployPlace,
  MOST_PAST_PINS,
  type PastPin,
  type Pin,
  type Revocations,
  type Verifier,
  type Witness,
} from "./verifier.ts";
import { readWitnesses } from "./witnesses.ts";

export interface VerifierOptions {
  readonly source: string;
  /** Keys may be in files beside the document. */
  readonly readFile: ReadFile;
}

/** Throws `config/invalid` with all that is wrong, each with line and column. */
export async function decodeVerifier(bytes: Uint8Array, { source, readFile }: VerifierOptions): Promise<Verifier> {
  try {
    return readVerifier(await decodePlace(bytes), readFile);
  } catch (error) {
    if (error instanceof Complaints) throw refuseDocument(source, error.complaints, "configuration");
    throw error;
  }
}

interface Parts {
  readonly apiVersion: string;
  readonly kind: string;
  readonly trustStores: string | undefined;
  readonly witnesses: readonly Witness[];
  readonly roles: Roles | undefined;
  readonly revocations: Revocations | undefined;
  readonly policies: readonly ConfiguredPolicy[];
  readonly pins: ReadonlyMap<string, Pin>;
  readonly deploy: readonly DeployPlace[];
}

function readVerifier(document: Place, readFile: ReadFile): Verifier {
  const { trustStores, witnesses, roles, revocations, policies, pins, deploy } = document.object<Parts>(OBJECTS.verifier, (fields) => ({
    apiVersion: () => fields.required("apiVersion").oneOf(["countersign.dev/v1"]),
    kind: () => fields.required("kind").oneOf(["Verifier"]),
    trustStores: () => fields.optional("trustStores")?.text("~/.config/notation/truststore"),
    witnesses: () => readWitnesses(fields.optional("witnesses")),
    roles: () => {
      const found = fields.optional("roles");
      return found === undefined ? undefined : readRoles(found, readFile);
    },
    revocations: () => {
      const found = fields.optional("revocations");
      return found && readRevocations(found, { hasPublishers: hasRole(fields, "publishers") });
    },
    policies: () => readPolicies(fields),
    pins: () => readPins(fields.optional("pins")),
    deploy: () => readDeploy(fields.optional("deploy")),
  }));
  return {
    ...(trustStores === undefined ? {} : { trustStores }),
    witnesses,
    ...roles,
    ...(revocations === undefined ? {} : { revocations }),
    policies,
    pins,
    deploy,
  };
}

function hasRole(fields: Fields, role: keyof Roles): boolean {
  return fields.optional("roles")?.find(role) !== undefined;
}

function readPolicies(fields: Fields): readonly ConfiguredPolicy[] {
  const place = fields.optional("policies");
  const entries = place?.entries("a map of policies by name", "shop: { source: policies/shop.yaml }") ?? [];
  return readEach(entries, ({ name, key, value }) => {
    checkName(name, key);
    const { source, minimumVersion } = value.object<{ source: PolicyLocation; minimumVersion: number | undefined }>(
      OBJECTS.configuredPolicy,
      (policy) => ({
        source: () => readSource(policy.required("source"), { isSigned: hasRole(fields, "policySigners") }),
        minimumVersion: () => policy.optional("minimumVersion")?.count(),
      }),
    );
    return { name, location: source, ...(minimumVersion === undefined ? {} : { minimumVersion }) };
  });
}

function readSource(place: Place, { isSigned }: { readonly isSigned: boolean }): PolicyLocation {
  const location = readLocation(place, { example: '"oci://registry.acme.io/policies/shop"', what: "names no policy" });
  if (location.kind === "file" || isSigned) return location;
  return place.refuse("is in a registry, and nobody says who may sign policies", "write roles.policySigners, or name a file");
}

function readPins(place: Place | undefined): ReadonlyMap<string, Pin> {
  const entries = place?.entries("a map of digests", "/srv/shop/countersign.yaml: sha256:…") ?? [];
  return new Map(readEach(entries, ({ name, value }) => [name, readPin(value)] as const));
}

function readPin(place: Place): Pin {
  if (place.kind !== "map") return { digest: readDigest(place) };
  const { digest, chain, past } = place.object<{ digest: Digest; chain: Digest | undefined; past: readonly PastPin[] }>(
    OBJECTS.pin,
    (fields) => ({
      digest: () => readDigest(fields.required("digest")),
      chain: () => {
        const found = fields.optional("chain");
        return found && readDigest(found);
      },
      past: () => readPast(fields.optional("past")),
    }),
  );
  return { digest, ...(chain === undefined ? { isChainUnknown: true } : { chain }), ...(past.length === 0 ? {} : { past }) };
}

/** Each began when the one before it ended: in another order it would not be known when. */
function readPast(place: Place | undefined): readonly PastPin[] {
  const items = place?.list("a list of what was pinned", "[ { digest: sha256:…, until: 2026-11-25T10:00:00Z } ]") ?? [];
  if (items.length > MOST_PAST_PINS) place?.refuse(`has ${items.length} entries`, `keep the last ${MOST_PAST_PINS}`);
  let latest = -Infinity;
  return readEach(items, (item) =>
    item.object<PastPin>(OBJECTS.pastPin, (fields) => ({
      digest: () => readDigest(fields.required("digest")),
      until: () => {
        const field = fields.required("until");
        const until = readMoment(field.text("2026-11-25T10:00:00Z"));
        if (until === undefined) return field.refuse("is no moment", "write it as 2026-11-25T10:00:00Z");
        if (until.getTime() < latest) return field.refuse("is before the end of the one before it", "put the newest last");
        latest = until.getTime();
        return until;
      },
    })),
  );
}

function readDigest(place: Place): Digest {
  const digest = tryParseDigest(place.text("sha256:…"));
  if (digest?.startsWith("sha256:") === true) return digest;
  return place.refuse("is no digest of a policy", "sha256: and 64 lower-case hex digits make one");
}
