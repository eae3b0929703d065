/** The digest of what a gate asks: an approval is of a gate as it was, and of another one it is not. Source: RFC 8785 for the bytes. */
import { type Digest, digestOf } from "../../core/digest.ts";
import { withoutAbsent } from "../../core/without-absent.ts";
import { encodeCanonicalJson } from "../../encoding/canonical-json.ts";
import { baseGatesOf } from "./loaded-questions.ts";
import type { LoadedGate, LoadedNeed, LoadedPolicy } from "./loaded.ts";

export interface GateDigests {
  readonly gateDigest: Digest;
  /** The same without the keys and names by which machines are known: these change more often than what is asked. */
  readonly gateTerms: Digest;
}

/** By the gate's name; people count by the names of their parties, whoever they are today. */
export function gateDigestsOf(policy: Pick<LoadedPolicy, "gates" | "parties">): (gate: string) => GateDigests {
  const gates = new Map(policy.gates.map((gate) => [gate.name, gate]));
  const known = new Map<string, GateDigests>();
  const gateNamed = (name: string): LoadedGate => {
    const gate = gates.get(name);
    if (gate === undefined) throw new TypeError(`the policy has no gate ${name}`);
    return gate;
  };
  // Without recursion: a document may name a thousand gates, each after another.
  const digestsOf = (asked: string): GateDigests => {
    const open = [gateNamed(asked)];
    for (let gate = open.at(-1); gate !== undefined; gate = open.at(-1)) {
      const missing = [...gate.after, ...baseGatesOf(gate)].filter((name) => !known.has(name));
      open.push(...missing.map(gateNamed));
      if (missing.length > 0) continue;
      open.pop();
      if (known.has(gate.name)) continue;
      known.set(gate.name, { gateDigest: digest("gateDigest", gate, machinesOf(gate)), gateTerms: digest("gateTerms", gate, {}) });
    }
    const digests = known.get(asked);
    if (digests === undefined) throw new TypeError(`no digest was made for the gate ${asked}`);
    return digests;
  };
  const digest = (which: keyof GateDigests, gate: LoadedGate, machines: object): Digest => {
    const { after, needs, rules, approve, stay, rollback, checks, name } = gate;
    const before = (names: readonly string[]): object => Object.fromEntries(names.map((one) => [one, known.get(one)?.[which]]));
    const asked = {
      name,
      after: before(after),
      bases: before(baseGatesOf(gate)),
      needs: needs.map(termsOf),
      rules: rules.map(({ name: rule, expr }) => ({ name: rule, expr })),
      ...(approve === undefined ? {} : { approve: withoutMembers(approve) }),
      ...withoutAbsent({ stay, rollback }),
      checks,
      machines,
    };
    return digestOf(encodeCanonicalJson(asked));
  };
  const machinesOf = ({ needs }: LoadedGate): object => {
    const used = new Set(needs.flatMap(namesIn));
    const machines = policy.parties.filter((party) => party.kind === "machine" && used.has(party.name));
    return Object.fromEntries(machines.map((party) => [party.name, party.kind === "machine" ? party.identities.map(plain) : []]));
  };
  return digestsOf;
}

/** A key is known by its fingerprint, however much of it the policy has. */
function plain(identity: { readonly kind: string; readonly publicKey?: Uint8Array }): object {
  const { publicKey: _, ...rest } = identity;
  return rest;
}

type Asked = { readonly by: readonly string[]; readonly members: readonly string[] };

function withoutMembers<T extends Asked>(whole: T): Omit<T, "members"> {
  const { members: _, ...asked } = whole;
  return asked;
}

function termsOf(need: LoadedNeed): object {
  if (need.kind === "image") return need;
  const terms = withoutMembers(need);
  if (need.kind === "signature") return terms;
  const { vex, asserted, commits } = need;
  return {
    ...terms,
    ...(vex === undefined ? {} : { vex: withoutMembers(vex) }),
    ...(asserted === undefined ? {} : { asserted: withoutMembers(asserted) }),
    // Whose keys these are is a matter of people.
    ...(commits === undefined ? {} : { commits: { by: commits.by } }),
  };
}

function namesIn(need: LoadedNeed): readonly string[] {
  if (need.kind === "image") return [];
  if (need.kind === "signature") return need.by;
  return [...need.by, ...(need.vex?.by ?? []), ...(need.asserted?.by ?? [])];
}
