import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Identity, Member } from "../../core/policy.ts";
import { toContainers } from "./containers.ts";
import { decodePolicy } from "./document.ts";
import type { LoadedGate, LoadedNeed, LoadedPolicy } from "./loaded.ts";
import { describeThresholds } from "./thresholds.ts";
import { type GateOpeners, whoCan } from "./who-can.ts";

const NAMES = ["ana", "bo", "ci", "dev", "eva"];
const HOWS = ["ca:a", "ca:b", "both", "fingerprint", "key", "oidc"] as const;
type How = (typeof HOWS)[number];

function knownAs(name: string, how: How): readonly Identity[] {
  const under = (anchor: string): Identity => ({
    kind: "certificate",
    anchor: { type: "ca", name: anchor },
    is: { kind: "subject", pairs: [{ type: "CN", value: name }] },
  });
  switch (how) {
    case "ca:a":
      return [under("a")];
    case "ca:b":
      return [under("b")];
    case "both":
      return [under("a"), under("b")];
    case "fingerprint":
      return [{ kind: "certificate", anchor: { type: "ca", name: "a" }, is: { kind: "fingerprint", sha256: name } }];
    case "key":
      return [{ kind: "key", fingerprint: name }];
    case "oidc":
      return [{ kind: "oidc", text: name }];
  }
}

type Threshold = Pick<Extract<LoadedNeed, { readonly kind: "signature" }>, "members" | "atLeast">;

function gate(name: string, after: readonly string[], needs: readonly Threshold[]): LoadedGate {
  return { name, after, needs: needs.map((need) => ({ kind: "signature", by: need.members, ...need })), rules: [], checks: {} };
}

function policyOf(hows: readonly How[], gates: readonly LoadedGate[], more: Partial<LoadedPolicy> = {}): LoadedPolicy {
  const signers = NAMES.map((name, index) => ({ name, identities: knownAs(name, hows[index] ?? "key") }));
  const [ci, ...people] = [...signers.filter(({ name }) => name === "ci"), ...signers.filter(({ name }) => name !== "ci")];
  const parties = ci === undefined ? [] : [{ kind: "machine" as const, ...ci }];
  return { name: "shop", version: 1, products: [], people, parties, gates, ...more };
}

/** Whoever has joined is counted, and whoever an issuer that has joined can certify. */
function opens(joined: readonly string[], { gates }: LoadedPolicy, hows: readonly How[], name: string): boolean {
  const own = gates.find((one) => one.name === name);
  const speaks = (member: string): boolean => {
    const how = hows[NAMES.indexOf(member)];
    if (how === "both" && (joined.includes("ca:a") || joined.includes("ca:b"))) return true;
    if ((how === "ca:a" || how === "ca:b") && joined.includes(how)) return true;
    return how !== "oidc" && joined.includes(member);
  };
  const met = own?.needs.every((need) => need.kind === "signature" && need.members.filter(speaks).length >= need.atLeast) ?? false;
  return met && (own?.after.every((before) => opens(joined, { gates } as LoadedPolicy, hows, before)) ?? false);
}

function smallest(actors: readonly string[], isOpen: (joined: readonly string[]) => boolean): readonly string[] {
  const sets = Array.from({ length: 2 ** actors.length }, (_, bits) => actors.filter((__, index) => (bits & (1 << index)) !== 0)).filter(
    isOpen,
  );
  const size = Math.min(...sets.map((set) => set.length));
  return sets.filter((set) => set.length === size).map((set) => set.toSorted().join());
}

function told(sets: readonly (readonly string[])[] = []): readonly string[] {
  return sets.map((set) => set.toSorted().join()).toSorted();
}

const NEED = fc.record({ members: fc.subarray(NAMES, { minLength: 1 }), atLeast: fc.integer({ min: 1, max: 3 }) });
const NEEDS = fc.array(NEED, { maxLength: 3 });
const HOW = fc.array(fc.constantFrom(...HOWS), { minLength: NAMES.length, maxLength: NAMES.length });

test("the fewest, with and without issuers, are those that trying every set of actors finds", () => {
  fc.assert(
    fc.property(HOW, NEEDS, NEEDS, NEEDS, (hows, build, test_, prod) => {
      const policy = policyOf(hows, [gate("build", [], build), gate("prod", ["build", "test"], prod), gate("test", ["build"], test_)]);
      for (const { gate: name, fewest, withIssuers } of whoCan(policy).gates) {
        const isOpen = (joined: readonly string[]): boolean => opens(joined, policy, hows, name);
        assert.deepEqual(told(fewest.sets), smallest(NAMES, isOpen).toSorted());
        // Issuers are told of where fewer are enough with them, so that all the smallest sets hold one.
        const all = smallest(["ca:a", "ca:b", ...NAMES], isOpen);
        const helped = all.every((set) => set.includes("ca:")) ? all : [];
        if (helped.length > 20) assert.ok(told(withIssuers?.sets).every((set) => helped.includes(set)));
        else assert.deepEqual(told(withIssuers?.sets), helped.toSorted());
      }
    }),
  );
});

function only(policy: LoadedPolicy, name: string): GateOpeners {
  const found = whoCan(policy).gates.find((one) => one.gate === name);
  assert.ok(found);
  return found;
}

test("what a gate takes is told in words, without what another need implies", () => {
  const release = { members: ["ana", "bo", "eva"], atLeast: 2 };
  const policy = policyOf(
    ["key", "key", "ca:a", "key", "key"],
    [
      gate("build", [], [{ members: ["ci"], atLeast: 1 }]),
      gate("prod", ["build"], [release, { members: ["ana", "bo", "dev", "eva"], atLeast: 1 }]),
    ],
  );
  const prod = only(policy, "prod");
  assert.equal(describeThresholds(prod.needs), "ci and any 2 of {ana, bo, eva}");
  assert.deepEqual(
    [prod.size, prod.fewest.sets],
    [
      3,
      [
        ["ci", "ana", "bo"],
        ["ci", "ana", "eva"],
        ["ci", "bo", "eva"],
      ],
    ],
  );
  assert.deepEqual(prod.issuers, [{ anchor: "ca:a", as: ["ci"] }]);
  // An issuer in the place of one signer makes it no easier.
  assert.equal(prod.withIssuers, undefined);
  assert.equal(describeThresholds([]), "nobody is asked");
});

function signerOfPolicies(name: string): Member {
  return { name, kind: "person", identities: knownAs(name, "ca:b"), isOfProduct: false };
}

test("those who may sign policies count, and are told apart", () => {
  const policy = policyOf(["key", "key", "key", "key", "key"], [gate("prod", [], [{ members: ["ana", "bo", "ci"], atLeast: 3 }])]);
  const { gates, policySigners } = whoCan(policy, {
    policySigners: { members: [signerOfPolicies("Olga"), signerOfPolicies("Pia")], atLeast: 2 },
  });
  assert.equal(gates[0]?.fewest.size, 3);
  assert.deepEqual(policySigners?.fewest.sets, [["Olga", "Pia"]]);
  assert.deepEqual(policySigners?.withIssuers?.sets, [["ca:b"]]);
  // Whoever issues for ca:b signs policies alone.
  assert.equal(gates[0]?.size, 1);
  const alone = { ...signerOfPolicies("Olga"), identities: knownAs("Olga", "key") };
  const two = [alone, { ...alone, name: "Pia", identities: knownAs("Pia", "key") }];
  assert.equal(whoCan(policy, { policySigners: { members: two, atLeast: 2 } }).gates[0]?.size, 2);
});

function role(...members: readonly Member[]): { readonly members: readonly Member[]; readonly atLeast: number } {
  return { members, atLeast: 1 };
}

function memberAs(name: string, as: string, how: How): Member {
  return { ...signerOfPolicies(name), identities: knownAs(as, how) };
}

test("those whose word the verifier takes open a gate alone, unless it asks something of them", () => {
  const need = { members: ["ana", "bo", "ci"], atLeast: 3 };
  const products = [{ name: "shop", variables: [], repositories: [{ gate: "prod", repository: "r.example/shop" }] }];
  const policy = policyOf(["key", "key", "key", "key", "key"], [gate("prod", [], [need]), gate("audit", ["prod"], [])], { products });
  const bySize = (believed: Parameters<typeof whoCan>[1]): readonly unknown[] =>
    whoCan(policy, believed).gates.map((one) => [one.gate, one.size, one.others.flatMap((way) => way.fewest.sets)]);
  assert.deepEqual(bySize({ summaryIssuers: role(memberAs("issuer", "x", "key")) }), [
    ["prod", 1, [["issuer"]]],
    ["audit", 1, [["issuer"]]],
  ]);
  // By a key of ci, and by an identity that no version knows, nobody gives a verdict.
  assert.deepEqual(bySize({ summaryIssuers: role(memberAs("issuer", "ci", "key"), memberAs("other", "x", "oidc")) }), [
    ["prod", 3, []],
    ["audit", 3, []],
  ]);
  // Of one who issues certificates for an issuer the same holds.
  assert.deepEqual(whoCan(policy, { summaryIssuers: role(memberAs("issuer", "x", "ca:a")) }).gates[0]?.issuers, [
    { anchor: "ca:a", as: ["issuer"] },
  ]);
  const promoters = role(memberAs("promoter", "y", "key"));
  assert.deepEqual(bySize({ promoters }), [
    ["prod", 3, []],
    ["audit", 3, []],
  ]);
  // There is a record only of what has a place.
  assert.deepEqual(bySize({ promoters: { ...promoters, trustRecords: true } }), [
    ["prod", 1, [["promoter"]]],
    ["audit", 3, []],
  ]);
});

test("the size of a gate counts the help of issuers, where it takes fewer", () => {
  const gates = [gate("prod", [], [{ members: ["ana", "bo", "ci"], atLeast: 3 }])];
  const size = (...hows: readonly How[]): number | undefined => only(policyOf(hows, gates), "prod").size;
  assert.equal(size("key", "key", "key"), 3);
  assert.equal(size("ca:a", "ca:a", "key"), 2);
  assert.equal(size("ca:a", "ca:a", "ca:a"), 1);
});

test("nobody opens a gate that asks for those whom this version cannot know", () => {
  const policy = policyOf(["oidc", "oidc", "key", "key", "key"], [gate("prod", [], [{ members: ["ana", "bo", "ci"], atLeast: 2 }])]);
  const found = whoCan(policy);
  assert.deepEqual([found.gates[0]?.size, found.unknowable], [undefined, ["ana", "bo"]]);
  assert.equal(describeThresholds(found.gates[0]?.needs ?? []), "2 of {ci}, which are too few");
});

function product(name: string, variables: readonly string[]): LoadedPolicy["products"][number] {
  return { name, variables, repositories: [{ gate: "build", repository: `r.example/${name}` }] };
}

test("a machine is shared if products share it, or its identity does not hold their variable", () => {
  const gates = [gate("build", [], [{ members: ["ci", "ana"], atLeast: 1 }])];
  const shared = (products: LoadedPolicy["products"]): readonly boolean[] =>
    whoCan(policyOf(["key", "key", "ca:a", "key", "key"], gates, { products })).openers.map(({ isShared }) => isShared);
  assert.deepEqual(shared([product("shop/api", [])]), [false, false]);
  assert.deepEqual(shared([product("shop/{app}", ["app"])]), [false, true]);
  assert.deepEqual(shared([product("shop/api", []), product("shop/web", [])]), [false, true]);
});

const EVIDENCE = `
apiVersion: countersign.dev/v1
kind: Policy
name: shop
version: 1
products:
  shop/{app}: { build: "build.acme.io/{app}", prod: "prod.acme.io/{app}" }
people:
  ana: { key: "SHA256:${"A".repeat(43)}" }
  bo: { key: "SHA256:${"B".repeat(42)}A" }
parties:
  ci: { key: "SHA256:${"C".repeat(42)}A" }
  scanner: { key: "SHA256:${"D".repeat(42)}A" }
gates:
  build: { needs: [ { signature: { by: ci } }, { provenance: { by: ci, source: "git+https://git.acme.io/{app}" } } ] }
  prod: { after: build, needs: [ { scan: { by: scanner, deny: high, unless: { vex: { by: [ana, bo] } } } }, { image: { user: nonroot } } ] }
`;

test("whoever opens a gate needs those whose evidence it asks for, and not those who may excuse a finding", async () => {
  const { loaded } = await decodePolicy(Buffer.from(EVIDENCE), { source: "shop.yaml" });
  const { gates, openers } = whoCan(loaded);
  assert.deepEqual(
    gates.map(({ gate: name, fewest }) => [name, fewest.sets]),
    [
      ["build", [["ci"]]],
      ["prod", [["ci", "scanner"]]],
    ],
  );
  // The source of an image says of which product it is, so that neither machine is had by whoever may write any of them.
  assert.deepEqual(
    openers.map(({ name, isShared }) => [name, isShared]),
    [
      ["ci", false],
      ["scanner", false],
    ],
  );
  const shared = await decodePolicy(
    Buffer.from(EVIDENCE.replace('/{app}" } }', '/all" } }').replace("\ngates:", "\nsharedSigner: true\ngates:")),
    {
      source: "shop.yaml",
    },
  );
  assert.deepEqual(
    whoCan(shared.loaded).openers.map(({ name, isShared }) => [name, isShared]),
    [
      ["ci", true],
      ["scanner", true],
    ],
  );
});

test("what only a reader of our policies can ask for is refused by an export, and said", async () => {
  const pem = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" }).toString();
  const lossOf = async (needs: string, more = ""): Promise<readonly string[]> => {
    const text = `apiVersion: countersign.dev/v1\nkind: Policy\nname: shop\nversion: 1\nproducts: { shop: { build: build.acme.io/shop } }\nparties: { ci: { key: ${JSON.stringify(pem)} } }\ngates: { build: { needs: [ ${needs} ] } }\n${more}`;
    const { policy, losses } = toContainers(await decodePolicy(Buffer.from(text), { source: "shop.yaml" }));
    const [requirement] = policy.transports.docker["build.acme.io/shop"] ?? [];
    return [requirement?.type ?? "", ...losses.filter(({ name }) => name === "build.acme.io/shop").map(({ message }) => message)];
  };
  const signature = "{ signature: { by: ci } }";
  assert.deepEqual(await lossOf(signature), ["sigstoreSigned"]);
  assert.deepEqual(await lossOf(`${signature}, { scan: { by: ci, deny: high } }`), [
    "reject",
    "gate build: it asks for scan, and only signatures can be asked for: refused",
  ]);
  assert.deepEqual(await lossOf(`${signature}, { image: { user: nonroot } }`), [
    "reject",
    "gate build: it asks for what the image's configuration says, and only signatures can be asked for: refused",
  ]);
  assert.deepEqual(await lossOf(signature, "rules: [ { name: r, gate: build, expr: 'now == now', message: no } ]"), [
    "reject",
    "gate build: it has a rule, and only signatures can be asked for: refused",
  ]);
});

test("builders who must agree are as many as must", () => {
  const members = ["ci", "ana", "bo"];
  const asking = (agree: object): LoadedGate => ({
    ...gate("build", [], []),
    needs: [{ kind: "provenance", by: members, members, asked: agree }],
  });
  const keys = NAMES.map(() => "key" as const);
  const [alone] = whoCan(policyOf(keys, [asking({})])).gates;
  const [agreeing] = whoCan(policyOf(keys, [asking({ agree: 2 })])).gates;
  assert.deepEqual([alone?.size, agreeing?.size], [1, 2]);
  assert.equal(describeThresholds(agreeing?.needs ?? []), "any 2 of {ci, ana, bo}");
});
