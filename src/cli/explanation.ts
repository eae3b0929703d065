/** What a policy will ask of an image, as data: nothing is fetched, and nothing is judged. */
import { showDuration } from "../core/duration.ts";
import { CountersignError } from "../core/errors.ts";
import { judgedRepository } from "../core/judged-repository.ts";
import type { Forge, Gate, Policy, Selection, SignatureRules, Waiver } from "../core/policy.ts";
import type { Requirement } from "../core/requirement.ts";
import { type Reference, formatReference, repositoryOf } from "../core/reference.ts";
import { quoteWord } from "../core/shell.ts";
import { formatStore, type TrustSource, type TrustStoreName } from "../core/trust-source.ts";
import { isCountersignPolicy } from "../policy/countersign/document.ts";
import { allPlaces, nearestPlace, placeOf, type ProductPlace } from "../policy/countersign/place-of.ts";
import { signatureClauses } from "../policy/requirements/describe.ts";
import { describeIdentity } from "../policy/countersign/words.ts";
import { waiverRules, type WaiverRules } from "../policy/waivable.ts";

export interface ExplainedGate {
  readonly name: string;
  /** Sentences, all of which must hold. */
  readonly asks: readonly string[];
  /** Checks that are not enforced, and what their outcome does. */
  readonly relaxed: Readonly<Record<string, "log" | "skip">>;
}

interface ExplainedSigner {
  readonly name: string;
  readonly kind: "person" | "machine";
  readonly knownAs: readonly string[];
}

export interface Explanation {
  readonly reference: string;
  readonly repository: string;
  /** `not-listed`: the answer is no whatever was signed. `gate-wanted`: --gate has to say which. */
  readonly answer: "judged" | "not-listed" | "gate-wanted";
  readonly message?: string;
  readonly remedy?: string;
  readonly product?: string;
  readonly place?: ProductPlace;
  /** Those that come before first, and the gate itself last. */
  readonly gates: readonly ExplainedGate[];
  readonly signers: readonly ExplainedSigner[];
  /** Sentences: who may let it pass without what, and for how long. */
  readonly exceptions: readonly string[];
  /** Whose signatures must name the product: the signers of several. */
  readonly mustName: readonly string[];
  readonly trustStores: readonly {
    readonly store: string;
    readonly certificates: number;
    readonly problem?: string;
    readonly remedy?: string;
  }[];
  /** For a reference that is not judged as it stands. */
  readonly choices: readonly string[];
  readonly nearest?: string;
  readonly command?: string;
}

interface Asked {
  readonly as: string | undefined;
  readonly gate: string | undefined;
  /** `--policy FILE`, as it was given. */
  readonly policyFile: string | undefined;
  readonly trust: TrustSource;
}

export async function explain(reference: Reference, policy: Policy, asked: Asked): Promise<Explanation> {
  const repository = judgedRepository(reference, { policy, as: asked.as });
  const head = { reference: formatReference(reference), repository: repository ?? repositoryOf(reference) };
  if (repository === undefined) {
    const message = "a folder or archive does not say which repository's image it holds";
    return { ...head, ...NOTHING, answer: "not-listed", message, remedy: "--as REGISTRY/REPOSITORY", ...listed(policy, head.repository) };
  }
  const selection = policy.select(repository, asked.gate);
  const place = isCountersignPolicy(policy) ? placeOf(policy.loaded, repository) : undefined;
  const found = { ...head, ...(place === undefined ? {} : { place }) };
  switch (selection.kind) {
    case "not-listed":
      return {
        ...found,
        ...NOTHING,
        answer: "not-listed",
        message: selection.message,
        remedy: selection.remedy,
        ...listed(policy, repository),
      };
    case "gate-wanted": {
      const remedy = selection.choices.map((choice) => `--gate ${quoteWord(choice)}`).join(", or ");
      return { ...found, ...NOTHING, answer: "gate-wanted", message: selection.message, remedy, choices: selection.choices };
    }
    case "gate":
      return {
        ...found,
        ...NOTHING,
        answer: "judged",
        ...(await describeSelection(selection, asked.trust)),
        command: commandFor(reference, asked),
      };
  }
}

const NOTHING = { gates: [], signers: [], exceptions: [], mustName: [], trustStores: [], choices: [] } as const;

function listed(policy: Policy, repository: string): Pick<Explanation, "choices" | "nearest"> {
  const places = isCountersignPolicy(policy)
    ? allPlaces(policy.loaded.products).map((place) => place.repository)
    : policy.gates.flatMap((gate) => gate.places);
  const choices = [...new Set(places)];
  const nearest = nearestPlace(choices, repository);
  return { choices, ...(nearest === undefined ? {} : { nearest }) };
}

type Selected = Extract<Selection, { kind: "gate" }>;

async function describeSelection({ gate, before, rules, people, product }: Selected, trust: TrustSource): Promise<Partial<Explanation>> {
  const members = rules?.signers.kind === "members" ? rules.signers.members : [];
  return {
    ...(product === undefined ? {} : { product }),
    gates: [...before, gate].map((one) => describeGate(one, { rules, forges: people?.forges ?? [] })),
    exceptions: describeExceptions(waiverRules([...before, gate], people) ?? {}),
    mustName: members.filter(({ isOfProduct }) => !isOfProduct).map(({ name }) => name),
    signers: members.map(({ name, kind, identities }) => ({ name, kind, knownAs: identities.map(describeIdentity) })),
    trustStores: await Promise.all((rules?.trustStores ?? []).map((store) => lookAt(store, trust))),
  };
}

function may({ byText, waives, max }: Waiver, what: string): string {
  return `${byText} may ${what} ${waives.join(", ")}, for ${showDuration(max)} at most`;
}

function describeExceptions({ exceptions, breakGlass }: WaiverRules): readonly string[] {
  return [
    ...(exceptions === undefined ? [] : [may(exceptions, "except")]),
    ...(breakGlass === undefined
      ? []
      : [
          `${may(breakGlass, "break the glass for")}; ${breakGlass.afterwardsBy.join(" or ")} must approve it within ${showDuration(breakGlass.within)}`,
        ]),
  ];
}

function describeGate(
  { name, actions, requirements }: Gate,
  { rules, forges }: { readonly rules: SignatureRules | undefined; readonly forges: readonly Forge[] },
): ExplainedGate {
  if (rules === undefined) return { name, asks: ["nothing: its images pass, whoever signed them or not"], relaxed: {} };
  const relaxed = Object.entries(actions).flatMap(([check, action]) => (action === "enforce" ? [] : [[check, action] as const]));
  const vouching =
    forges.length === 0 ? "" : `; whose the commits are that ${forges.map((forge) => forge.name).join(" or ")} signs, it says`;
  const asks = requirements.map((one) => describeRequirement(one, rules) + (one.kind === "approval" && one.not.author ? vouching : ""));
  return { name, asks, relaxed: Object.fromEntries(relaxed) };
}

function describeRequirement(requirement: Requirement, { signers, trustStores }: SignatureRules): string {
  if (requirement.kind !== "signature") return requirement.asks;
  const { byText, by, atLeast } = requirement;
  if (by !== undefined) {
    const one = by.length === 1 ? byText : `one of ${byText}`;
    const who = atLeast === 1 ? `a signature by ${one}` : `signatures by ${atLeast} different signers of ${byText}`;
    return [who, ...signatureClauses(requirement)].join(", ");
  }
  const stores = trustStores.map(formatStore).join(" or ");
  const who = signers.kind === "identities" ? signers.identities.map((rule) => (rule.kind === "any" ? "anybody" : rule.text)) : [];
  return `a signature by ${who.join(" or ")}, with certificates of ${stores}`;
}

async function lookAt(store: TrustStoreName, trust: TrustSource): Promise<Explanation["trustStores"][number]> {
  try {
    return { store: formatStore(store), certificates: (await trust.anchors(store)).length };
  } catch (error) {
    if (!(error instanceof CountersignError) || !error.code.startsWith("trust/")) throw error;
    return { store: formatStore(store), certificates: 0, problem: error.message, remedy: error.remedy };
  }
}

function commandFor(reference: Reference, { as, gate, policyFile }: Asked): string {
  const options = [
    ...(gate === undefined ? [] : ["--gate", gate]),
    ...(as === undefined ? [] : ["--as", as]),
    ...(policyFile === undefined ? [] : ["--policy", policyFile]),
  ];
  return ["countersign verify", ...[formatReference(reference), ...options].map(quoteWord)].join(" ");
}
