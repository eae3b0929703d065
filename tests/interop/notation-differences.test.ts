/**
 * Every vector through notation 1.3.2 too: where it answers as we do nothing is said; where it does not, the reason stands here.
 * A vector whose answers start to differ, or to agree, fails until this table says so.
 */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { createNotationHome } from "../fixtures/notation-home.ts";
import { needsPrograms } from "../real/programs.ts";
import { askCommandLine, writeVerifierFiles } from "../vectors/judge.ts";
import { goodPlan, type Plan, statement } from "../vectors/plan.ts";
import { type Registry, startSite } from "../vectors/site.ts";
import { VECTORS as ALL_VECTORS } from "../vectors/table/all.ts";
import { BUNDLE_VECTORS } from "../vectors/table/bundles.ts";
import { MEMBER_VECTORS } from "../vectors/table/members.ts";
import { buildWorld, type World } from "../vectors/world.ts";

interface Difference {
  /** Who of the two lets the image pass. */
  readonly passes: "notation" | "countersign";
  readonly why: string;
  /** In both formats, as far as the vector has them, unless given. */
  readonly format?: Plan["format"];
  readonly vectors: readonly string[];
}

const DIFFERENCES: readonly Difference[] = [
  {
    passes: "notation",
    why: "one document must mean one thing to every reader: doubled, misspelt and foreign members are refused (notary 1.15)",
    vectors: [
      "JSON that is not UTF-8",
      "JSON nested too deeply",
      "member of the envelope twice",
      "member twice, once with an escape in its name",
      "member of the protected header twice",
      "case variant of x5c",
      "unknown envelope member",
      "header inside and outside the protected header",
      "payload with a digest twice",
      "payload with a case variant of targetArtifact",
    ],
  },
  {
    passes: "notation",
    why: "base64 has one spelling for each value",
    vectors: ["left-over bits in the signature", "line breaks in x5c"],
  },
  {
    passes: "notation",
    why: "CBOR is written in one way only (core deterministic encoding), and is bounded",
    vectors: ["algorithm that is not in its shortest form", "signing time as a float", "items nested too deeply"],
  },
  {
    passes: "notation",
    why: "the COSE envelope is held to the same header rules as the JWS one, where notation refuses these too",
    format: "cose",
    vectors: [
      "certificates inside and outside the protected header",
      "timestamp that is text",
      "critical list that names alg",
      "both times",
      "both times for an authority",
      "critical list that names a header twice",
    ],
  },
  {
    passes: "notation",
    why: "RFC 7515 4.1.11: what is critical and not understood makes the signature invalid; notation leaves it to a plugin that is not there",
    vectors: ["unknown critical header"],
  },
  {
    passes: "notation",
    why: "RFC 7518 3.5: the salt is as long as the hash (notary 1.15); notation holds COSE to it",
    format: "jws",
    vectors: ["RSASSA-PSS without salt", "RSASSA-PSS with a salt of 20"],
  },
  {
    passes: "notation",
    why: "certificates are DER, and bounded; Go's parser is more lenient",
    vectors: [
      "byte after the basic constraints",
      "critical flag of FALSE written out",
      "members of a set out of order",
      "elements nested too deeply",
      "empty list of key purposes",
      "certificate of a hundred kilobytes",
    ],
  },
  {
    passes: "notation",
    why: "the Notary Project's certificate profile says so, notation does not look (notary 1.7, 1.15)",
    vectors: ["intermediate whose basic constraints are not critical", "leaf for any purpose"],
  },
  {
    passes: "notation",
    why: "the manifest must be a signature manifest for this image; notation looks at the payload alone",
    vectors: [
      "manifest of two forms at once",
      "manifest of another artifact, listed as a signature",
      "manifest that says it is an index",
      "manifest of another subject",
      "manifest without a subject",
    ],
  },
  {
    passes: "notation",
    why: "embedded data is compared with its digest; notation does not read it",
    vectors: ["embedded envelope that is another", "embedded envelope that is longer"],
  },
  {
    passes: "notation",
    why: "the bytes are fetched and compared with the digest; notation asks only for the header that names it",
    vectors: ["other bytes for the image"],
  },
  {
    passes: "notation",
    why: "a listing that was cut off gives no answer; notation stops at the first good signature and does not see the rest",
    vectors: ["listing of more entries than any"],
  },
  {
    passes: "notation",
    why: "a timestamp means one thing: one signer, each attribute once, nothing critical that is not understood, and the authority's certificate valid for the whole interval",
    vectors: [
      "timestamp with two signers",
      "timestamp with a signed attribute of two values",
      "timestamp that must be understood in part",
      "clock that may have run out",
    ],
  },
  {
    passes: "countersign",
    why: "authorities write BER of indefinite length, fractions of a second and their root (RFC 3161 2.4.2, RFC 5652); notation's reader does not take these",
    vectors: ["timestamp as real authorities write it", "timestamp with fractions, accuracy and the authority's root"],
  },
  {
    passes: "countersign",
    why: "one broken neighbour does not stop the verification of the others (notary, fact 6)",
    vectors: ["broken entry in the listing", "junk beside the signature"],
  },
];

/** notation reads these for as long as they last. */
const ENDLESS = new Set(["listing that goes in a circle", "listing of a million numbers"]);

function expectedPass(name: string, format: Plan["format"]): Difference["passes"] | undefined {
  return DIFFERENCES.find((row) => row.vectors.includes(name) && (row.format ?? format) === format)?.passes;
}

const home = createNotationHome();
let registry: Registry;
let worlds = 0;

before(async () => {
  registry = await startSite();
});

after(async () => {
  await registry.close();
  home.remove();
});

/** notation knows no `--at`, so what is good here must be good today. */
function planForToday(format: Plan["format"]): Plan {
  const plan = goodPlan(format);
  plan.leaf.notAfter = new Date("2034-01-01T00:00:00Z");
  plan.now = new Date();
  return plan;
}

async function build(plan: Plan): Promise<World> {
  worlds += 1;
  const world = buildWorld(plan, { host: registry.host, repository: `world-${worlds}`, site: registry.site });
  rmSync(home.notationFolder, { recursive: true, force: true });
  await writeVerifierFiles(world, home.notationFolder);
  return world;
}

interface Answers {
  readonly notation: boolean;
  readonly countersign: boolean;
}

async function askBoth(world: World, { annotations }: Pick<Plan, "annotations">): Promise<Answers> {
  const metadata = Object.entries(annotations).flatMap(([name, value]) => ["-m", `${name}=${value}`]);
  const theirs = await home.notation("verify", "--insecure-registry", ...metadata, world.reference);
  const ours = await askCommandLine(world, { folder: home.notationFolder, now: new Date(), annotations });
  registry.site.clear();
  return { notation: theirs.code === 0, countersign: ours.exit === 0 };
}

/** Those of a policy of our own, which notation does not read, are for us alone. */
const VECTORS = ALL_VECTORS.filter((vector) => !MEMBER_VECTORS.includes(vector) && !BUNDLE_VECTORS.includes(vector));

for (const format of ["jws", "cose"] as const) {
  suite(format, () => {
    test("the good world passes with both", async (context) => {
      if (!needsPrograms(context, "notation")) return;
      const plan = planForToday(format);
      assert.deepEqual(await askBoth(await build(plan), plan), { notation: true, countersign: true });
    });

    for (const { name, formats, fault } of VECTORS) {
      if (formats?.includes(format) === false || ENDLESS.has(name)) continue;
      const passes = expectedPass(name, format);
      test(`${passes === undefined ? "agree" : `only ${passes} passes`}: ${name}`, async (context) => {
        if (!needsPrograms(context, "notation")) return;
        const plan = planForToday(format);
        fault(plan);
        const { notation, countersign } = await askBoth(await build(plan), plan);
        if (passes === undefined) assert.equal(notation, countersign, `notation ${notation}, countersign ${countersign}`);
        else assert.deepEqual({ notation, countersign }, { notation: passes === "notation", countersign: passes === "countersign" });
      });
    }
  });
}

test("every difference is one of a vector", () => {
  const names = new Set(VECTORS.map(({ name }) => name));
  for (const name of [...DIFFERENCES.flatMap(({ vectors }) => vectors), ...ENDLESS]) assert.ok(names.has(name), name);
});

suite("trust stores and policies", () => {
  const rows: readonly {
    readonly name: string;
    readonly why: string;
    readonly answers: Answers;
    readonly plan?: (plan: Plan) => void;
    readonly disk?: (store: string) => Promise<unknown>;
  }[] = [
    {
      name: "text file in the store",
      why: "foreign files are passed over and named (notary 1.15)",
      answers: { notation: false, countersign: true },
      disk: (store) => writeFile(join(store, "README"), "roots\n"),
    },
    {
      name: "sub-directory in the store",
      why: "foreign files are passed over and named (notary 1.15)",
      answers: { notation: false, countersign: true },
      disk: (store) => mkdir(join(store, "old")),
    },
    {
      name: "skip for every image",
      why: "the specification forbids it; notation takes it, so we take it with a warning (notary 1.15)",
      answers: { notation: true, countersign: true },
      plan: (plan) => {
        statement(plan).signatureVerification = { level: "skip" };
        delete statement(plan)["trustStores"];
        delete statement(plan)["trustedIdentities"];
      },
    },
    {
      name: "no thumbprint annotation",
      why: "it orders the work and decides nothing (notary 1.15)",
      answers: { notation: true, countersign: true },
      plan: (plan) => void (plan.editManifest = (manifest) => delete manifest["annotations"]),
    },
    {
      name: "another chain's thumbprints",
      why: "they order the work and decide nothing (notary 1.15)",
      answers: { notation: true, countersign: true },
      plan: (plan) => {
        plan.editManifest = (manifest) =>
          void (manifest["annotations"] = { "io.cncf.notary.x509chain.thumbprint#S256": JSON.stringify(["0".repeat(64)]) });
      },
    },
  ];
  for (const { name, why, answers, plan: change, disk } of rows) {
    test(`${name}: ${why}`, async (context) => {
      if (!needsPrograms(context, "notation")) return;
      const plan = planForToday("jws");
      change?.(plan);
      const world = await build(plan);
      await disk?.(join(home.notationFolder, "truststore", "x509", "ca", "acme"));
      assert.deepEqual(await askBoth(world, plan), answers);
    });
  }
});
