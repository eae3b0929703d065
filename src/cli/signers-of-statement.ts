/** Who signs for a repository in a new policy: whom notation's trust policy accepts there, else the keys of this machine. */
import type { IdentityRule, NamePair, Policy, SignatureRules } from "../core/policy.ts";
import { formatStore, type TrustStoreName } from "../core/trust-source.ts";
import { namePairs } from "../pki/x509/name.ts";
import { type DraftSigner, isWritable } from "../policy/countersign/draft.ts";
import type { KeySigner } from "./find-signers.ts";

export interface ChosenSigners {
  readonly signers: readonly DraftSigner[];
  /** A statement is for the repository, and nobody whom it accepts could be named. */
  readonly isGuess: boolean;
}

export function chooseSigners(
  repository: string,
  { keys, notary }: { readonly keys: readonly KeySigner[]; readonly notary: Policy | undefined },
): ChosenSigners {
  const selection = notary?.select(repository);
  if (selection?.kind !== "gate" || selection.rules === undefined) return { signers: keys, isGuess: false };
  const signers = signersOfStatement(selection.rules, { statement: selection.gate.name, keys });
  return signers.length > 0 ? { signers, isGuess: false } : { signers: keys, isGuess: true };
}

/** Keys of this machine where they are meant, else the names that the statement writes. */
function signersOfStatement(
  { trustStores, signers }: SignatureRules,
  { statement, keys }: { readonly statement: string; readonly keys: readonly KeySigner[] },
): readonly DraftSigner[] {
  const stores = trustStores.filter(({ type }) => type !== "tsa");
  const own = keys.filter(({ anchor }) => stores.some((store) => formatStore(store) === formatStore(anchor)));
  return identitiesOf(signers).flatMap((rule): readonly DraftSigner[] => {
    if (rule.kind === "foreign") return [];
    const meant = rule.kind === "any" ? own : own.filter(({ leaf }) => holds(namePairs(leaf.subject), rule.pairs));
    if (meant.length > 0 || rule.kind === "any" || !isWritable(rule.pairs)) return meant;
    return stores.map((anchor) => writtenSigner({ anchor, pairs: rule.pairs, statement }));
  });
}

export function identitiesOf(signers: SignatureRules["signers"]): readonly IdentityRule[] {
  return signers.kind === "identities" ? signers.identities : [];
}

function writtenSigner({
  anchor,
  pairs,
  statement,
}: {
  readonly anchor: TrustStoreName;
  readonly pairs: readonly NamePair[];
  readonly statement: string;
}): DraftSigner {
  const name = pairs.find(({ type }) => type === "CN")?.value ?? pairs.find(({ type }) => type === "O")?.value ?? "signer";
  const comment = `of the statement "${statement}" of notation's trust policy, where a part of the subject is enough: write the whole of it here, as \`countersign inspect REF\` shows it`;
  return { name, anchor, is: { kind: "subject", pairs }, comment };
}

function holds(pairs: readonly NamePair[], asked: readonly NamePair[]): boolean {
  return asked.every(({ type, value }) => pairs.some((pair) => pair.type === type && pair.value === value));
}
