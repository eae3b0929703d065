/** Who of those that a policy names has signed? */
import type { CheckContext } from "../core/check.ts";
import { showForeign } from "../core/display.ts";
import { keyFingerprint } from "../core/key-fingerprint.ts";
import type { Identity, Member, NamePair, SignatureRules } from "../core/policy.ts";
import { anchorsIn, formatStore, type TrustStoreName } from "../core/trust-source.ts";
import type { Certificate } from "../pki/x509/certificate.ts";
import { formatName, namePairs } from "../pki/x509/name.ts";
import type { Chain } from "./chain.ts";
import type { Observation } from "./observation.ts";

type Certified = Extract<Identity, { kind: "certificate" }>;

/** A signer, as far as members are told by it. */
export type Known =
  | { readonly kind: "chain"; readonly chain: Chain }
  | { readonly kind: "key"; readonly key: { readonly fingerprint: string } };

/** Everybody of `members` who is known by this signer; a sound policy knows nobody twice. */
export function findMembers(signer: Known, members: readonly Member[], { anchors }: Pick<CheckContext, "anchors">): readonly Member[] {
  if (signer.kind === "key") {
    const { fingerprint } = signer.key;
    return members.filter(({ identities }) => identities.some((one) => one.kind === "key" && one.fingerprint === fingerprint));
  }
  const { chain } = signer;
  const stores = new Set(
    anchorsIn(
      chain.map(({ der }) => der),
      anchors,
    ).map(({ store }) => formatStore(store)),
  );
  return members.filter(({ identities }) => identities.some((identity) => isKnownBy(identity, chain[0], stores)));
}

function isKnownBy(identity: Identity, leaf: Certificate, stores: ReadonlySet<string>): boolean {
  switch (identity.kind) {
    case "key":
      return identity.fingerprint === keyFingerprint(leaf.spki);
    case "certificate":
      return stores.has(formatStore(identity.anchor)) && isSubject(identity.is, leaf);
    // What names a person or workload of an identity provider is no certificate of ours.
    case "keyless":
    case "oidc":
      return false;
  }
}

function isSubject(is: Certified["is"], leaf: Certificate): boolean {
  switch (is.kind) {
    case "subject":
      return isSameSet(is.pairs, namePairs(leaf.subject));
    case "san":
      return leaf.subjectAltNames.some(({ type, value }) => type === is.type && value === is.value);
    case "fingerprint":
      return is.sha256 === leaf.fingerprint;
  }
}

/** In any order, because two issuers write one name in two; an attribute too many is another name. */
function isSameSet(asked: readonly NamePair[], found: readonly NamePair[]): boolean {
  const left = [...found];
  for (const { type, value } of asked) {
    const at = left.findIndex((pair) => pair.type === type && pair.value === value);
    if (at < 0) return false;
    left.splice(at, 1);
  }
  return left.length === 0;
}

export function checkMember(
  known: Known,
  { members, asker = "the policy" }: Extract<SignatureRules["signers"], { kind: "members" }>,
  context: CheckContext,
): Observation {
  const signer = nameOf(known);
  const [found, ...others] = findMembers(known, members, context);
  if (found === undefined) {
    return {
      code: "identity/not-asked",
      message: `${signer} is none of ${members.map(({ name }) => name).join(", ")}, whom ${asker} asks for here${known.kind === "chain" ? whatDiffers(known.chain[0], members) : ""}`,
      detail: { identity: describeIdentity(known, context) },
    };
  }
  if (others.length > 0) {
    const names = [found, ...others].map(({ name }) => name).join(" and ");
    return { code: "identity/ambiguous", message: `${signer} is ${names}, and can be counted for one only` };
  }
  return {
    code: "identity/member",
    message: `${signer} is ${found.name}`,
    detail: { [found.kind === "person" ? "person" : "party"]: found.name },
  };
}

/** As messages call the signer. */
export function nameOf(known: Known): string {
  return known.kind === "key" ? `the key ${known.key.fingerprint}` : showForeign(formatName(known.chain[0].subject));
}

/** Who is known by the same name but for one pair was most likely meant; colleagues differ in the common name. */
export function whatDiffers(leaf: Certificate, members: readonly Member[]): string {
  const found = namePairs(leaf.subject);
  for (const { name, identities } of members) {
    for (const identity of identities) {
      if (identity.kind !== "certificate" || identity.is.kind !== "subject") continue;
      const missing = without(identity.is.pairs, found);
      const extra = without(found, identity.is.pairs);
      const types = new Set([...missing, ...extra].map(({ type }) => type));
      const [type] = types;
      if (types.size !== 1 || type === undefined || type === "CN" || missing.length > 1 || extra.length > 1) continue;
      return `; from ${name} only ${type} differs: it is ${write(extra[0])}, and ${write(missing[0])} there`;
    }
  }
  return "";
}

function without(pairs: readonly NamePair[], others: readonly NamePair[]): readonly NamePair[] {
  const left = [...others];
  return pairs.filter(({ type, value }) => {
    const at = left.findIndex((pair) => pair.type === type && pair.value === value);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function storeOf(chain: Chain, { anchors }: CheckContext): TrustStoreName | undefined {
  return anchorsIn(
    chain.map(({ der }) => der),
    anchors,
  )[0]?.store;
}

/** As a policy could name this signer; JSON, which is YAML as well. */
function describeIdentity(known: Known, context: CheckContext): string {
  if (known.kind === "key") return JSON.stringify({ key: known.key.fingerprint });
  const [leaf] = known.chain;
  const anchor = storeOf(known.chain, context);
  const subject: Record<string, string | string[]> = {};
  for (const { type, value } of namePairs(leaf.subject)) {
    const earlier = subject[type];
    subject[type] = earlier === undefined ? value : [earlier, value].flat();
  }
  const name = anchor === undefined ? "ca:NAME" : formatStore(anchor);
  return showForeign(JSON.stringify({ certificate: { anchor: name, subject } }), 1000);
}

function write(pair: NamePair | undefined): string {
  return pair === undefined ? "missing" : `"${showForeign(pair.value, 100)}"`;
}
