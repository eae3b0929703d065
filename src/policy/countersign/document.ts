/** The Countersign policy (`apiVersion: countersign.dev/v1`, `kind: Policy`): bytes -> the engine's policy. */
import { digestOf } from "../../core/digest.ts";
import type { Policy } from "../../core/policy.ts";
import { decodePlace } from "../decode-place.ts";
import { checkAgreement } from "./agreement.ts";
import { readForges } from "./commit-signers.ts";
import { Complaints, refuseDocument } from "./complaints.ts";
import { OBJECTS } from "./fields.ts";
import { gateDigestsOf } from "./gate-digest.ts";
import { readGates } from "./gates.ts";
import { type LoadedPolicy, loadedForm } from "./loaded.ts";
import { type Model, resolveNames, type WrittenPolicy } from "./model.ts";
import { checkName } from "./name.ts";
import { type Place, quote } from "./place.ts";
import { readProducts } from "./products.ts";
import type { ReadFile } from "./public-key.ts";
import type { Surroundings } from "./read-identity.ts";
import { compileExpressions, type PlacedExpression } from "./expressions.ts";
import { outline, prepare } from "./prepare.ts";
import { readRules } from "./rules.ts";
import { placeFor, select } from "./select.ts";
import { warnWithoutMail } from "./without-mail.ts";
import { readBreakGlass, readExceptions } from "./waivers.ts";
import { readParties, readPeople } from "./signers.ts";

export interface CountersignPolicy extends Policy {
  readonly form: "countersign";
  /** What the document says, for those who show, compare or translate it. */
  readonly loaded: LoadedPolicy;
  /** By fingerprint, in PEM: the keys that the document, or a file that it names, holds as a whole. */
  readonly publicKeys: ReadonlyMap<string, string>;
}

export function isCountersignPolicy(policy: Policy): policy is CountersignPolicy {
  return policy.form === "countersign";
}

export interface DecodePolicyOptions {
  /** For messages: a path, or `stdin`. */
  readonly source: string;
  /** Without it a policy that names key files is refused. */
  readonly readFile?: ReadFile;
}

/** Reads and checks the whole document. Throws `CountersignError` `policy/invalid`; its detail has every complaint with its place. */
export async function decodePolicy(bytes: Uint8Array, { source, readFile }: DecodePolicyOptions): Promise<CountersignPolicy> {
  try {
    return await readPolicy(await decodePlace(bytes), { digest: digestOf(bytes), readFile });
  } catch (error) {
    if (error instanceof Complaints) throw refuseDocument(source, error.complaints);
    throw error;
  }
}

async function readPolicy(
  document: Place,
  { digest, readFile }: { readonly digest: string; readonly readFile: ReadFile | undefined },
): Promise<CountersignPolicy> {
  const warnings: string[] = [];
  const warn = (place: Place, state: string): void => void warnings.push(`${place.member} ${state}`);
  const publicKeys = new Map<string, string>();
  const keepKey = (fingerprint: string, pem: string): void => void publicKeys.set(fingerprint, pem);
  const model = resolveNames(readDocument(document, { readFile, warn, keepKey }));
  const selectable = prepare(model);
  checkAgreement(selectable);
  warnWithoutMail(model, warn);
  const expressions = await compileExpressions(expressionsOf(model), async () => (await import("../cel/language.ts")).CEL);
  const loaded = loadedForm(model);
  const digestsOf = gateDigestsOf(loaded);
  return {
    form: "countersign",
    name: model.name,
    version: String(model.version),
    digest,
    ...(model.previous === undefined ? { chain: digest } : {}),
    trust: "unpinned",
    warnings,
    gates: outline(selectable),
    loaded,
    publicKeys,
    placeFor: (repository, gate) => placeFor(selectable, repository, gate),
    select: (repository, gate) => select({ ...selectable, expressions, digestsOf }, repository, gate),
  };
}

function expressionsOf({ gates }: Model): readonly PlacedExpression[] {
  return [...gates.values()].flatMap(({ needs, rules }) => [
    ...needs.flatMap((need) => (need.kind === "attestation" && need.expr !== undefined ? [need.expr] : [])),
    ...rules.map(({ expr }) => expr),
  ]);
}

/** Read to be checked, and of no use afterwards. */
interface Head {
  readonly apiVersion: string;
  readonly kind: string;
}

function readDocument(document: Place, around: Surroundings): WrittenPolicy {
  // Another kind of document has other fields: one complaint says it all.
  document.find("kind")?.oneOf(["Policy"]);
  return document.object<WrittenPolicy & Head>(OBJECTS.policy, (fields) => ({
    apiVersion: () => fields.required("apiVersion").oneOf(["countersign.dev/v1"]),
    kind: () => fields.required("kind").oneOf(["Policy"]),
    name: () => readName(fields.required("name")),
    version: () => fields.required("version").count(),
    previous: () => readDigest(fields.optional("previous")),
    products: () => readProducts(fields.required("products")),
    people: () => readOptional(fields.optional("people"), (place) => readPeople(place, around)),
    parties: () => readOptional(fields.optional("parties"), (place) => readParties(place, around)),
    forges: () => readOptional(fields.optional("forges"), (place) => readForges(place, around)),
    gates: () => readGates(fields.required("gates")),
    rules: () => {
      const rules = fields.optional("rules");
      return rules === undefined ? [] : readRules(rules);
    },
    exceptions: () => {
      const place = fields.optional("exceptions");
      return place && readExceptions(place);
    },
    breakGlass: () => {
      const place = fields.optional("breakGlass");
      return place && readBreakGlass(place);
    },
    sharedSigner: () => fields.optional("sharedSigner")?.flag() ?? false,
  }));
}

function readOptional<T>(place: Place | undefined, read: (place: Place) => readonly T[]): readonly T[] {
  return place === undefined ? [] : read(place);
}

function readName(place: Place): string {
  return checkName(place.text("shop"), place);
}

function readDigest(place: Place | undefined): string | undefined {
  const text = place?.text("sha256:…");
  if (place === undefined || text === undefined || /^sha256:[0-9a-f]{64}$/.test(text)) return text;
  return place.refuse(
    `is ${quote(text)}, and must be a digest: sha256: and 64 lower-case hex digits`,
    "write the digest that countersign policy check prints of the version before",
  );
}
