/** Repositories and signers -> the parts of a policy: products, parties and gates. */
import type { Policy } from "../core/policy.ts";
import { formatStore } from "../core/trust-source.ts";
import { type Draft, type DraftGate, draftName, type DraftSigner } from "../policy/countersign/draft.ts";
import { type KeySigner, signersOfStatement } from "./find-signers.ts";

/** The repository for which nobody could sign, if there is one. */
export function composeDraft(
  repositories: readonly string[],
  { keys, notary }: { readonly keys: readonly KeySigner[]; readonly notary: Policy | undefined },
): Draft | string {
  const signers = new Map<string, DraftSigner>();
  const gates: DraftGate[] = [];
  const products: Draft["products"][number][] = [];
  for (const repository of new Set(repositories)) {
    const listed = notary === undefined ? [] : signersOfStatement(notary, repository, keys);
    const [first, ...others] = (listed.length > 0 ? listed : keys).map((signer) => addSigner(signer, signers));
    if (first === undefined) return repository;
    const by = [...new Set([first, ...others])] as const;
    const gate = gateFor([first, ...by.filter((name) => name !== first)], gates);
    products.push({ name: productName(repository, new Set(products.map(({ name }) => name))), repository, gate });
  }
  const [path = "images"] = products.map(({ name }) => name.split("/")[0] ?? name);
  return { name: draftName(path, new Set()), products, signers: [...signers.values()], gates };
}

/** One who is found twice is one: a policy with an identity under two names is refused. */
function addSigner({ name, anchor, is, comment }: DraftSigner, signers: Map<string, DraftSigner>): string {
  const key = JSON.stringify([formatStore(anchor), is]);
  const found = signers.get(key);
  if (found !== undefined) return found.name;
  const signer = { name: draftName(name, new Set([...signers.values()].map((other) => other.name))), anchor, is, comment };
  signers.set(key, signer);
  return signer.name;
}

/** Repositories for which the same are asked share a gate; others get one of their own, so that nobody is asked where he was not. */
function gateFor(by: DraftGate["by"], gates: DraftGate[]): string {
  const found = gates.find((gate) => gate.by.length === by.length && gate.by.every((name) => by.includes(name)));
  if (found !== undefined) return found.name;
  const name = draftName("build", new Set(gates.map((gate) => gate.name)));
  gates.push({ name, by });
  return name;
}

/** The repository without its host; with it where two hosts have the same. */
function productName(repository: string, taken: ReadonlySet<string>): string {
  const path = repository.slice(repository.indexOf("/") + 1);
  if (!taken.has(path)) return path;
  const host = repository
    .slice(0, repository.indexOf("/"))
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/^-/, "");
  return `${host}/${path}`;
}
