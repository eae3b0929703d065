/** Random policies that ask for evidence, and what hangs on images that they are asked about: most of it by those whom they name. */
import * as fc from "fast-check";
import type { PooledSignature, PooledStatement, Shown } from "./evidence-pool.ts";
import { COMMITS } from "./pool-commits.ts";
import { type BaseName, BASES, INDEX, type ManifestName } from "./pool-images.ts";
import type { PlainAsk, SaidKind, Says } from "./slow-evidence.ts";
import { everybody, gatesAsked, membersOf, type PlainGate, type PlainPolicy, type SignatureFact } from "./slow-policy.ts";

export interface Case {
  readonly repository: string;
  readonly gate: string;
  readonly image: "one" | "two" | typeof INDEX;
  readonly shown: Shown;
}

const NAMES = ["ana", "bo", "ci", "scanner", "release"];
const BUILDER = "https://ci.acme.io/runner";
const BUILD_TYPE = "https://ci.acme.io/v1";
const GIT = "git+https://git.acme.io";

const by = fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 2 });

/** The word of one of those who are asked is taken for what a document is about, or nobody's. */
const withAsserted = fc
  .record({ by, isTaken: fc.boolean() })
  .map((one) => ({ by: one.by, assertedBy: one.isTaken ? one.by.slice(0, 1) : [] }));

const COMMIT_NAMES = COMMITS.map(({ name }) => name);
const BASE_NAMES = Object.keys(BASES) as readonly BaseName[];

const commitsAsked: fc.Arbitrary<NonNullable<Extract<PlainAsk, { kind: "provenance" }>["commits"]>> = fc.record({
  signedBy: fc.constantFrom(["people"], ["people"], ["people"], ["ana"], ["ana", "bo"], ["bo"]),
  since: fc.constantFrom([], [], [], ["root"], ["foreign"], ["merge"], ["bare", "left"]),
});

/** What gates may ask of, for all of a policy. */
interface Around {
  /** That the apps are built from. */
  readonly source: string;
  readonly hasBases: boolean;
}

function ask(kind: PlainAsk["kind"], { source, hasBases }: Around): fc.Arbitrary<PlainAsk> {
  switch (kind) {
    case "scan":
      return fc.record(
        {
          kind: fc.constant(kind),
          by,
          deny: fc.constantFrom("high", "critical"),
          isUnknownAllowed: fc.boolean(),
          maxAge: fc.constant(24),
          databaseMaxAge: fc.constant(48),
          vexBy: by,
        },
        { requiredKeys: ["kind", "by", "deny", "isUnknownAllowed"] },
      );
    case "sbom":
      return fc
        .tuple(
          withAsserted,
          fc.record(
            {
              kind: fc.constant(kind),
              deniedPackages: fc.constantFrom<readonly string[]>([], ["evil"]),
              licenses: fc.constantFrom(
                { deny: ["X11"], isUnknownAllowed: false },
                { deny: ["X11"], isUnknownAllowed: true },
                { deny: [], allow: ["MIT"], isUnknownAllowed: false },
              ),
            },
            { requiredKeys: ["kind", "deniedPackages"] },
          ),
        )
        .map(([who, what]) => ({ ...what, ...who }));
    case "test":
      return fc
        .tuple(
          withAsserted,
          fc.record(
            { kind: fc.constant(kind), isWarnedEnough: fc.boolean(), maxAge: fc.constant(24) },
            { requiredKeys: ["kind", "isWarnedEnough"] },
          ),
        )
        .map(([who, what]) => ({ ...what, ...who }));
    case "provenance":
      return (
        fc
          .tuple(
            fc.record(
              {
                kind: fc.constant(kind),
                by,
                buildType: fc.constant(BUILD_TYPE),
                source: fc.constantFrom(source, source, `${GIT}/api`),
                ref: fc.constant("refs/heads/main"),
              },
              { requiredKeys: ["kind", "by"] },
            ),
            fc.oneof(
              { weight: 4, arbitrary: fc.constant({}) },
              { weight: 3, arbitrary: fc.record({ commits: commitsAsked }) },
              { weight: hasBases ? 4 : 0, arbitrary: fc.constant({ base: "base" }) },
              { weight: hasBases ? 1 : 0, arbitrary: fc.record({ commits: commitsAsked, base: fc.constant("base") }) },
            ),
            fc.constantFrom<{ builder?: string; agree?: number }[]>({}, { builder: BUILDER }, { agree: 2 }),
          )
          // Alone nobody can agree.
          .map(([one, built, more]) => ({
            ...one,
            ...built,
            ...more,
            by: more.agree === undefined ? one.by : [...new Set([...one.by, "release"])],
          }))
      );
    case "vex":
      return fc.record({ kind: fc.constant(kind), by });
    case "attestation":
      return fc
        .tuple(withAsserted, fc.record({ kind: fc.constant(kind), maxAge: fc.constant(24) }, { requiredKeys: ["kind"] }))
        .map(([who, what]) => ({ ...what, ...who }));
    case "image":
      return fc.oneof(
        fc.record({ kind: fc.constant(kind), isNonroot: fc.constant(true) }),
        fc.record({ kind: fc.constant(kind), isNonroot: fc.boolean(), ports: fc.constantFrom([], ["8080/tcp"], ["22/tcp", "8080/tcp"]) }),
      );
  }
}

/** Those of which fewest pass stand there twice. */
const KINDS = [
  "scan",
  "sbom",
  "test",
  "provenance",
  "attestation",
  "image",
  "scan",
  "sbom",
  "sbom",
  "test",
  "image",
  "provenance",
  "vex",
] as const;

/** All of these gates ask how the image was built, and for nothing else. */
const BUILD_ALONE: readonly PlainAsk["kind"][] = ["provenance"];

function gate(
  { kinds, ...around }: Around & { readonly kinds: readonly PlainAsk["kind"][] },
  after: readonly string[],
): fc.Arbitrary<PlainGate> {
  return fc.record({
    after: fc.subarray([...after]),
    needs: fc.oneof(
      { weight: kinds === BUILD_ALONE ? 5 : 1, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: by.map((who) => [{ by: who, atLeast: 1 }]) },
    ),
    asks: fc
      .uniqueArray(fc.constantFrom(...kinds), { minLength: 1, maxLength: 2 })
      .chain((chosen) => fc.tuple(...chosen.map((kind) => ask(kind, around)))),
    expiry: fc.constantFrom("enforce", "enforce", "log"),
  });
}

const REPOSITORIES = { build: "build.acme.io", prod: "prod.acme.io" };
const ONE_PRODUCT = { "shop/api": { build: `${REPOSITORIES.build}/api`, prod: `${REPOSITORIES.prod}/api` } };
const ANY_PRODUCT = { "shop/{app}": { build: `${REPOSITORIES.build}/{app}`, prod: `${REPOSITORIES.prod}/{app}` } };
const LIBRARY = { lib: { lib: "lib.acme.io/lib" } };
const PRODUCTS: readonly PlainPolicy["products"][] = [
  ONE_PRODUCT,
  ANY_PRODUCT,
  { ...ONE_PRODUCT, ...LIBRARY },
  { ...ANY_PRODUCT, ...LIBRARY },
];

/** Where bases have to pass a gate of their own. */
const BASE_PRODUCT = { "base/{app}": { base: "base.acme.io/{app}" } };

const policyAsking = (kinds: readonly PlainAsk["kind"][]): fc.Arbitrary<PlainPolicy> =>
  fc.tuple(fc.constantFrom(...PRODUCTS), fc.boolean()).chain(([own, hasBases]) => {
    const products = hasBases ? { ...own, ...BASE_PRODUCT } : own;
    const isAny = Object.hasOwn(products, "shop/{app}");
    const source = isAny ? `${GIT}/{app}` : `${GIT}/api`;
    // A library may be built from what could be an app's source, and asks some of the same people.
    const library: fc.Arbitrary<PlainGate> = fc.constantFrom(`${GIT}/lib`, `${GIT}/base/lib`).map((text) => ({
      after: [],
      needs: [{ by: ["ana"], atLeast: 1 }],
      asks: [{ kind: "provenance", by: ["ana"], source: text }],
      expiry: "enforce",
    }));
    const around = { source, hasBases, kinds };
    const base: fc.Arbitrary<PlainGate> = fc.record({
      after: fc.constant([]),
      needs: fc.constantFrom([{ by: ["upstream"], atLeast: 1 }], [{ by: ["ana", "upstream"], atLeast: 2 }], [{ by: ["ana"], atLeast: 1 }]),
      asks: fc.constant([]),
      expiry: fc.constant("enforce" as const),
    });
    const gates = { build: gate(around, []), prod: gate(around, ["build"]), ...(hasBases ? { base } : {}) };
    return fc.record({
      products: fc.constant(products),
      people: fc.constant({ ana: "Ana", bo: "Bo" }),
      parties: fc.record({
        ci: isAny ? fc.constantFrom("ci", "ci-{app}") : fc.constant("ci"),
        scanner: fc.constant("scanner"),
        release: fc.constant(["ana", "bo"]),
        ...(hasBases ? { upstream: fc.constant("upstream") } : {}),
      }),
      git: fc.constant({ ana: "ana's", bo: "bo's" }),
      keys: fc.constantFrom<PlainPolicy["keys"][]>({}, { scanner: "one" }, { ana: "one" }),
      gates: Object.hasOwn(products, "lib") ? fc.record({ ...gates, lib: library }) : fc.record(gates),
    });
  });

const says: Readonly<Record<SaidKind, fc.Arbitrary<Says>>> = {
  scan: fc.record(
    {
      kind: fc.constant("scan"),
      flaw: fc.constantFrom("high", "critical", "critical", "unknown", "low"),
      databaseHoursAgo: fc.constantFrom(10, 10, 10, 10, 100, -3),
    },
    { requiredKeys: ["kind"] },
  ),
  sbom: fc.record({
    kind: fc.constant("sbom"),
    packages: fc.array(
      fc.record(
        { name: fc.constantFrom("x", "x", "evil"), license: fc.constantFrom("MIT", "MIT", "X11", "ISC") },
        { requiredKeys: ["name"] },
      ),
      { maxLength: 2 },
    ),
  }),
  test: fc.record({ kind: fc.constant("test"), result: fc.constantFrom("passed", "passed", "warned", "failed") }),
  provenance: fc.record(
    {
      kind: fc.constant("provenance"),
      builder: fc.constantFrom(BUILDER, BUILDER, BUILDER, "https://evil.io"),
      buildType: fc.constantFrom(BUILD_TYPE, BUILD_TYPE, "https://evil.io"),
      source: fc.constantFrom(`${GIT}/api`, `${GIT}/api`, `${GIT}/api`, `${GIT}/web`),
      ref: fc.constantFrom("refs/heads/main", "refs/heads/main", "refs/pull/1"),
      commit: fc.constantFrom(...COMMIT_NAMES),
      bases: fc.subarray([...BASE_NAMES]),
    },
    { requiredKeys: ["kind", "builder", "buildType", "source", "ref", "bases"] },
  ),
  source: fc.shuffledSubarray([...COMMIT_NAMES], { minLength: 1 }).map((commits) => ({ kind: "source", commits })),
  vex: fc.record({
    kind: fc.constant("vex"),
    status: fc.constantFrom("not_affected", "fixed", "affected"),
    isAboutFlaw: fc.constantFrom(true, true, true, false),
  }),
  attestation: fc.record({ kind: fc.constant("attestation") }),
};

/** What meets most of what can be asked. */
const GOOD: Readonly<Record<SaidKind, Says>> = {
  scan: { kind: "scan", databaseHoursAgo: 10 },
  sbom: { kind: "sbom", packages: [{ name: "x", license: "MIT" }] },
  test: { kind: "test", result: "passed" },
  provenance: {
    kind: "provenance",
    builder: BUILDER,
    buildType: BUILD_TYPE,
    source: `${GIT}/api`,
    ref: "refs/heads/main",
    commit: "right",
    bases: ["os"],
  },
  source: { kind: "source", commits: COMMIT_NAMES },
  vex: { kind: "vex", status: "not_affected", isAboutFlaw: true },
  attestation: { kind: "attestation" },
};

const OTHER_BUILDER: Says = {
  kind: "provenance",
  builder: "https://other.io",
  buildType: BUILD_TYPE,
  source: `${GIT}/api`,
  ref: "refs/heads/main",
  commit: "root",
  bases: ["os", "node"],
};

/** What VEX may excuse. */
const FLAWED: Says = { kind: "scan", databaseHoursAgo: 10, flaw: "critical" };

/** In hours before now. Tests and attestations of one's own have no time of their own, some scanners leave it out, and a clock may be wrong. */
const times: Readonly<Record<SaidKind, fc.Arbitrary<{ readonly hoursAgo?: number }>>> = {
  scan: fc.constantFrom(...[1, 1, 1, 1, 3, 3, 30, -2].map((hoursAgo) => ({ hoursAgo })), {}),
  sbom: fc.constantFrom({ hoursAgo: 1 }, { hoursAgo: 30 }),
  test: fc.constant({}),
  provenance: fc.constantFrom({ hoursAgo: 1 }, {}),
  vex: fc.constantFrom({ hoursAgo: 1 }, { hoursAgo: 3 }),
  attestation: fc.constant({}),
  source: fc.constant({}),
};

const NAMED = { product: "shop/api" };
const PRODUCT = fc.constantFrom(NAMED, NAMED, NAMED, NAMED, NAMED, {}, {}, {}, { product: "shop/web" });
const RARELY: fc.Arbitrary<boolean> = fc.nat(14).map((number) => number === 0);
const SOMETIMES: fc.Arbitrary<boolean> = fc.nat(7).map((number) => number === 0);

/** The common name. */
function nameOf(plain: PlainPolicy, member: string): string {
  const machine = plain.parties[member];
  return (plain.people[member] ?? (typeof machine === "string" ? machine : "")).replace("{app}", "api");
}

/** A signature by a certificate; `plain` has those whose signatures are wanted most. */
function certified(plain: PlainPolicy, asked: readonly string[]): fc.Arbitrary<SignatureFact> {
  const wanted = asked.flatMap((who) => membersOf(plain, who)).map((member) => nameOf(plain, member));
  const others = everybody(plain).map((member) => nameOf(plain, member));
  return (
    fc
      .record({
        commonName: fc.constantFrom(...Array.from({ length: 8 }, () => wanted).flat(), ...others),
        isAnchored: RARELY.map((is) => !is),
        isExpired: RARELY,
        hoursAgo: fc.constantFrom(2, 2, 30),
        product: PRODUCT,
      })
      // The stranger has the first one's name.
      .map(({ product, commonName, ...fact }) => ({ ...fact, ...product, commonName: fact.isAnchored ? commonName : "Ana" }))
  );
}

const keyed: fc.Arbitrary<SignatureFact> = PRODUCT.map((product) => ({
  key: "one",
  commonName: "",
  isAnchored: false,
  isExpired: false,
  ...product,
}));

function signers(plain: PlainPolicy, asked: readonly string[]): fc.Arbitrary<readonly SignatureFact[]> {
  const one = certified(plain, asked);
  return fc.oneof(
    { weight: 5, arbitrary: one.map((fact) => [fact]) },
    { weight: 3, arbitrary: fc.tuple(one, fc.oneof({ weight: 3, arbitrary: one }, keyed)) },
    fc.constant([]),
  );
}

const HIDES: fc.Arbitrary<PooledStatement["hides"]> = SOMETIMES.chain((is) =>
  is ? fc.constantFrom("all", "signatures") : fc.constant("nothing"),
);
const LISTED = fc.constantFrom("claimed", "claimed", "typed", "bare") satisfies fc.Arbitrary<PooledStatement["listed"]>;

interface Wanted {
  readonly kind: SaidKind;
  readonly by: readonly string[];
  readonly good: Says;
  /** Somebody's word is taken for what a document is about. */
  readonly mayAssert: boolean;
}

/** What the gates ask for, and the VEX that may excuse a flaw. */
function wantedBy(plain: PlainPolicy, at: string): readonly Wanted[] {
  const asks = gatesAsked(plain, at).flatMap((name) => plain.gates[name]?.asks ?? []);
  return asks.flatMap((one): readonly Wanted[] => {
    if (one.kind === "image") return [];
    const wanted = { kind: one.kind, by: one.by, good: GOOD[one.kind], mayAssert: "assertedBy" in one && one.assertedBy.length > 0 };
    if (one.kind === "provenance") {
      const source = { kind: "source", by: one.by, good: GOOD.source, mayAssert: false } as const;
      return [
        wanted,
        ...(one.agree === undefined ? [] : [{ ...wanted, good: OTHER_BUILDER }]),
        ...(one.commits === undefined ? [] : [source, source]),
      ];
    }
    if (one.kind !== "scan" || one.vexBy === undefined) return [wanted];
    return [wanted, { ...wanted, good: FLAWED }, { kind: "vex", by: one.vexBy, good: GOOD.vex, mayAssert: false }];
  });
}

function statement(plain: PlainPolicy, { kind, by: asked, good, mayAssert }: Wanted, image: Case["image"]): fc.Arbitrary<PooledStatement> {
  const place: fc.Arbitrary<{ readonly hangsOn: ManifestName; readonly about: readonly ManifestName[] }> =
    image === INDEX
      ? fc.constantFrom<{ hangsOn: ManifestName; about: ManifestName[] }[]>(
          { hangsOn: "one", about: ["one"] },
          { hangsOn: "two", about: ["two"] },
          { hangsOn: INDEX, about: [INDEX, "one", "two"] },
          { hangsOn: INDEX, about: [INDEX, "one", "two"] },
          { hangsOn: INDEX, about: [INDEX, "two"] },
          { hangsOn: INDEX, about: [INDEX] },
          { hangsOn: INDEX, about: ["one"] },
          { hangsOn: "one", about: ["one", "two"] },
        )
      : fc.constantFrom<{ hangsOn: ManifestName; about: ManifestName[] }[]>(
          ...Array.from({ length: 9 }, () => ({ hangsOn: image, about: [image] })),
          { hangsOn: image, about: image === "one" ? ["two"] : ["one"] },
        );
  const common = {
    place,
    time: times[kind],
    says: fc.oneof({ weight: 2, arbitrary: fc.constant(good) }, says[kind]),
    isAsserted: mayAssert ? fc.boolean() : SOMETIMES,
    isBroken: RARELY,
    hides: HIDES,
    listed: LISTED,
  };
  const attached = fc.record({ ...common, carrier: fc.constant("attached" as const), signatures: signers(plain, asked) });
  const bundle = fc.record({ ...common, carrier: fc.constant("bundle" as const), signatures: keyed.map((fact) => [fact]) });
  return fc
    .oneof({ weight: Object.keys(plain.keys).length > 0 ? 1 : 0, arbitrary: bundle }, { weight: 2, arbitrary: attached })
    .map((one) => {
      const { place: where, time, isBroken, hides, ...rest } = one;
      return {
        ...rest,
        ...where,
        ...time,
        kind,
        // Nobody has a form for a predicate of one's own that it could break.
        isBroken: isBroken && kind !== "attestation",
        hides: rest.carrier === "bundle" && hides === "signatures" ? "all" : hides,
        // A bundle that is about something else is no signature of what it hangs on, and cannot be made by us.
        about: rest.carrier === "bundle" && !where.about.includes(where.hangsOn) ? [where.hangsOn, ...where.about] : where.about,
      };
    });
}

/** The slow evaluator tries each as everything that it could be. */
const MOST_HIDDEN = 2;

function hideFew<T>(entries: readonly T[], { isHidden, seen }: { isHidden: (entry: T) => boolean; seen: (entry: T) => T }): readonly T[] {
  const hidden = new Set(entries.filter(isHidden).slice(0, MOST_HIDDEN));
  return entries.map((entry) => (isHidden(entry) && !hidden.has(entry) ? seen(entry) : entry));
}

function sometimesOne(...names: readonly ManifestName[]): fc.Arbitrary<readonly ManifestName[]> {
  return SOMETIMES.chain((is) =>
    is && names.length > 0 ? fc.constantFrom(...names).map((name) => [name]) : fc.constant<ManifestName[]>([]),
  );
}

function baseSignatures(plain: PlainPolicy): fc.Arbitrary<Shown["baseSignatures"]> {
  const asked = plain.gates["base"]?.needs.flatMap(({ by: who }) => who) ?? [];
  const good = BASE_NAMES.flatMap((on) => asked.map((member) => ({ on, commonName: nameOf(plain, member), product: `base/${on}` })));
  const one = fc
    .record({ fact: fc.constantFrom(...good), isOfProduct: SOMETIMES.map((is) => !is), isExpired: RARELY, isHidden: SOMETIMES })
    .map(({ fact: { product, ...fact }, isOfProduct, ...rest }) => ({
      ...fact,
      ...rest,
      ...(isOfProduct ? { product } : {}),
      isAnchored: true,
      hoursAgo: 2,
    }));
  return fc.uniqueArray(one, { minLength: 1, maxLength: 6, selector: (fact) => JSON.stringify({ ...fact, isHidden: false }) });
}

function caseOf(plain: PlainPolicy, { fewest }: { readonly fewest: number }): fc.Arbitrary<Case> {
  const askedToSign = Object.values(plain.gates).flatMap(({ needs }) => needs.flatMap((need) => need.by));
  const images = fc.constantFrom<Case["image"][]>("one", "one", "two", INDEX, INDEX);
  return fc.tuple(images, fc.constantFrom<("build" | "prod")[]>("build", "prod")).chain(([image, asked]) => {
    const wanted = wantedBy(plain, asked);
    const statements =
      wanted.length === 0
        ? fc.constant([])
        : fc.uniqueArray(
            fc.constantFrom(...wanted).chain((one) => statement(plain, one, image)),
            { minLength: fewest, maxLength: 6, selector: (said) => JSON.stringify({ ...said, hides: "nothing", listed: null }) },
          );
    const signature: fc.Arbitrary<Shown["signatures"][number]> = fc
      .record({
        fact: fc.oneof({ weight: 3, arbitrary: certified(plain, askedToSign) }, { weight: 1, arbitrary: keyed }),
        listed: LISTED,
        isHidden: RARELY,
      })
      .map(({ fact, ...rest }): PooledSignature & { isHidden: boolean } => ({ ...fact, ...rest, on: image }));
    const shown = fc.record({
      statements: statements.map((all) =>
        hideFew<PooledStatement>(all, { isHidden: ({ hides }) => hides !== "nothing", seen: (said) => ({ ...said, hides: "nothing" }) }),
      ),
      signatures: fc
        .uniqueArray(signature, { maxLength: 3, selector: (fact) => JSON.stringify({ ...fact, isHidden: false, listed: null }) })
        .map((all) =>
          hideFew<(typeof all)[number]>(all, { isHidden: (one) => one.isHidden, seen: (one) => ({ ...one, isHidden: false }) }),
        ),
      cutOff: sometimesOne(image, ...(image === INDEX ? (["one", "two"] as const) : [])),
      unread: image === INDEX ? sometimesOne("one", "two", "nested", "statements") : fc.constant<readonly ManifestName[]>([]),
      configsUnread: sometimesOne("one", "two"),
      baseSignatures: plain.gates["base"] === undefined ? fc.constant([]) : baseSignatures(plain),
      basesUnread: SOMETIMES.chain((is) => (is ? fc.subarray([...BASE_NAMES], { minLength: 1 }) : fc.constant<BaseName[]>([]))),
    });
    return shown.map((one) => ({ image, gate: asked, repository: `${REPOSITORIES[asked]}/api`, shown: one }));
  });
}

type PolicyAndCases = fc.Arbitrary<readonly [PlainPolicy, readonly Case[]]>;

/** `fewest`: so many statements at least. */
function withCases(policy: fc.Arbitrary<PlainPolicy>, fewest: number): PolicyAndCases {
  return policy.chain((plain) => fc.tuple(fc.constant(plain), fc.array(caseOf(plain, { fewest }), { minLength: 2, maxLength: 4 })));
}

export const policyAndCases: PolicyAndCases = withCases(policyAsking(KINDS), 0);
/** Asked is how it was built, from which commits and on which base. */
export const buildPolicyAndCases: PolicyAndCases = withCases(policyAsking(BUILD_ALONE), 4);
