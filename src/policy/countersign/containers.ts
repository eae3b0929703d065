/**
 * A policy as containers/image reads one (`policy.json` and `registries.d`), for Podman, CRI-O and skopeo: it lets pass no
 * more than ours, and what it cannot ask for it refuses. Source: containers-policy.json(5), containers-registries.d(5).
 */
import type { Policy } from "../../core/policy.ts";
import { signatureClauses } from "../requirements/describe.ts";
import { gatesBefore, signersOf, wantedBy } from "./loaded-questions.ts";
import { describeThresholds } from "./thresholds.ts";
import { type CountersignPolicy, isCountersignPolicy } from "./document.ts";
import { allPlaces } from "./place-of.ts";

interface Loss {
  /** What of our policy it is about: a repository, a gate, or `signatures`. */
  readonly name: string;
  readonly message: string;
}

type Requirement =
  | { readonly type: "reject" | "insecureAcceptAnything" }
  | {
      readonly type: "sigstoreSigned";
      readonly keyData: string;
      readonly signedIdentity: { readonly type: "exactRepository"; readonly dockerRepository: string };
    };

export interface ContainersPolicy {
  readonly policy: {
    readonly default: readonly Requirement[];
    readonly transports: { readonly docker: Readonly<Record<string, readonly Requirement[]>> };
  };
  /** What `registries.d` must say; `undefined` if nothing. */
  readonly registries: { readonly docker: Readonly<Record<string, { readonly "use-sigstore-attachments": true }>> } | undefined;
  readonly losses: readonly Loss[];
}

const REJECT: readonly Requirement[] = [{ type: "reject" }];

export function toContainers(policy: Policy): ContainersPolicy {
  const scopes = isCountersignPolicy(policy) ? scopesOf(policy) : notaryScopes(policy);
  const docker = scopes.flatMap(({ scope, requirements }) => (scope === undefined ? [] : [[scope, requirements] as const]));
  const signed = docker.filter(([, requirements]) => requirements.some(({ type }) => type === "sigstoreSigned"));
  return {
    policy: { default: REJECT, transports: { docker: Object.fromEntries(docker) } },
    registries:
      signed.length === 0
        ? undefined
        : { docker: Object.fromEntries(signed.map(([scope]) => [scope, { "use-sigstore-attachments": true }])) },
    losses: [
      ...GENERAL,
      ...(isCountersignPolicy(policy) ? waiversOf(policy) : []),
      ...(signed.length === 0 ? [] : SIGNED),
      ...scopes.flatMap(({ losses }) => losses),
    ],
  };
}

const GENERAL: readonly Loss[] = [
  { name: "signatures", message: "signatures of the Notary Project are not looked at: what only they vouch for is refused" },
  { name: "transports", message: "layouts, archives and other local images are refused, whatever name they were given" },
];

const SIGNED: readonly Loss[] = [
  {
    name: "signatures",
    message: "signatures are looked for where cosign puts them (a tag), and must name the repository that they are in",
  },
  { name: "checks", message: "expiry, time and revocation are not checked, and no product is asked for" },
  { name: "scopes", message: "what is listed for a repository is asked in the repositories below it too" },
];

const STAY_LOST = "whether an image may stay is not asked: only whether it may be pulled";

/** Without them more is refused, and nothing passes that would not. */
function waiversOf({ loaded }: CountersignPolicy): readonly Loss[] {
  return (["exceptions", "breakGlass"] as const)
    .filter((name) => loaded[name] !== undefined)
    .map((name) => ({ name, message: "they cannot be told to it: nothing is waived" }));
}

interface Scope {
  /** `""` is every repository; `undefined` for what the default holds for. */
  readonly scope: string | undefined;
  readonly requirements: readonly Requirement[];
  readonly losses: readonly Loss[];
}

function scopesOf(policy: CountersignPolicy): readonly Scope[] {
  const gates = new Map<string, string[]>();
  for (const { repository, gate } of allPlaces(policy.loaded.products)) gates.set(repository, [...(gates.get(repository) ?? []), gate]);
  return [...gates].flatMap(([repository, [gate = "", ...others]]): readonly Scope[] => {
    const refuse = (message: string): Scope => ({ scope: repository, requirements: REJECT, losses: [{ name: repository, message }] });
    if (repository.includes("{"))
      return [{ ...refuse("a pattern cannot be asked about: refused, as all that is not listed"), scope: undefined }];
    if (others.length > 0)
      return [refuse(`it is for several gates (${[gate, ...others].join(", ")}), and which one is meant cannot be said: refused`)];
    const found = keysFor(policy, gate);
    if (typeof found === "string") return [refuse(`gate ${gate}: ${found}: refused`)];
    const signedIdentity = { type: "exactRepository", dockerRepository: repository } as const;
    const requirements = found.map((pem): Requirement => ({ type: "sigstoreSigned", keyData: base64(pem), signedIdentity }));
    const stays = gatesBefore(policy.loaded, gate).some(({ stay }) => stay !== undefined);
    return [{ scope: repository, requirements, losses: stays ? [{ name: repository, message: STAY_LOST }] : [] }];
  });
}

/** The keys all of which must have signed, in PEM; or why that is not what the gate asks. */
function keysFor({ loaded, publicKeys }: CountersignPolicy, gate: string): readonly string[] | string {
  const known = signersOf(loaded);
  const keys = new Set<string>();
  const gates = gatesBefore(loaded, gate);
  if (gates.some(({ rules }) => rules.length > 0)) return "it has a rule, and only signatures can be asked for";
  if (gates.some(({ approve }) => approve !== undefined)) return "it asks for approvals, and only signatures can be asked for";
  const needs = gates.flatMap((one) => one.needs);
  const other = needs.find(({ kind }) => kind !== "signature");
  if (other !== undefined)
    return `it asks for ${other.kind === "image" ? "what the image's configuration says" : other.kind}, and only signatures can be asked for`;
  const more = needs.flatMap((need) => (need.kind === "signature" ? signatureClauses(need) : []))[0];
  if (more !== undefined) return `it asks for signatures ${more}, and only who has signed can be asked for`;
  for (const { members, atLeast } of gates.flatMap(wantedBy)) {
    if (atLeast < members.length)
      return `${describeThresholds([{ of: members, atLeast }])} have to sign, and only all of several can be asked for`;
    for (const name of members) {
      const key = known.get(name)?.identities.find(({ kind }) => kind === "key");
      if (key?.kind !== "key") return `${name} is not known by a key`;
      const pem = publicKeys.get(key.fingerprint);
      if (pem === undefined) return `of the key of ${name} the policy has only the fingerprint`;
      keys.add(pem);
    }
  }
  return [...keys];
}

function notaryScopes({ gates }: Policy): readonly Scope[] {
  return gates.flatMap(({ name, places, actions }) =>
    places.map((place): Scope => {
      const isOpen = actions === undefined;
      if (place === "*") return { scope: "", requirements: isOpen ? [{ type: "insecureAcceptAnything" }] : REJECT, losses: [] };
      const message = isOpen
        ? `"${name}" lets everything pass, which would hold for the repositories below it too: refused`
        : `"${name}" asks for a signature of the Notary Project: refused`;
      return { scope: place, requirements: REJECT, losses: [{ name: place, message }] };
    }),
  );
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
