/** Trust stores, one fault each with a passing twin: what else may lie in a store's folder, and what must not. Source: Notary trust-store specification. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { CountersignError } from "../../src/core/errors.ts";
import { askCommandLine, askLibrary, judge, writeVerifierFiles } from "./judge.ts";
import { goodPlan, type Json, type Plan } from "./plan.ts";
import { type Registry, startSite } from "./site.ts";
import { buildWorld } from "./world.ts";

interface StoreVector {
  readonly name: string;
  readonly comment: string;
  /** Absent where the image must pass. */
  readonly code?: "trust/store-missing" | "trust/store-empty" | "trust/store-invalid";
  readonly plan?: (plan: Plan) => void;
  /** Works on the store's folder, `…/x509/ca/acme`. */
  readonly disk?: (store: string) => Promise<unknown>;
}

function anchors(files: Plan["anchors"]): (plan: Plan) => void {
  return (plan) => void (plan.anchors = files);
}

function pem(...certificates: readonly Uint8Array[]): Uint8Array {
  const blocks = certificates.map((der) => {
    const lines = Buffer.from(der)
      .toString("base64")
      .replaceAll(/(.{64})/g, "$1\n")
      .trimEnd();
    return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
  });
  return Buffer.from(blocks.join(""));
}

const VECTORS: readonly StoreVector[] = [
  {
    name: "no store of that name",
    comment: "the policy names it",
    code: "trust/store-missing",
    plan: anchors(({ root }) => ({ "ca/other/root.der": root })),
  },
  {
    name: "store of another type",
    comment: "type and name",
    code: "trust/store-missing",
    plan: anchors(({ root }) => ({ "tsa/acme/root.der": root })),
  },
  { name: "empty store", comment: "an empty store fails", code: "trust/store-empty", disk: (store) => rm(join(store, "root.der")) },
  {
    name: "store with a text file alone",
    comment: "notary 1.15: what is no certificate is ignored, and then nothing is left",
    code: "trust/store-empty",
    plan: anchors(() => ({ "ca/acme/README": Buffer.from("roots\n") })),
  },
  {
    name: "text file in the store",
    comment: "notary 1.15: ignored; notation refuses the store",
    disk: (store) => writeFile(join(store, "README"), "roots\n"),
  },
  {
    name: "sub-directory in the store",
    comment: "notary 1.15: ignored; notation refuses the store",
    disk: (store) => mkdir(join(store, "old")),
  },
  {
    name: "certificate in a sub-directory",
    comment: "not read",
    code: "trust/store-empty",
    plan: anchors(({ root }) => ({ "ca/acme/old/root.der": root })),
  },
  {
    name: "root that is a link",
    comment: "whoever may write its target would choose the root",
    code: "trust/store-invalid",
    disk: async (store) => {
      await rename(join(store, "root.der"), join(store, "..", "root.der"));
      await symlink("../root.der", join(store, "root.der"));
    },
  },
  {
    name: "store that is a link",
    comment: "whoever may write its target would choose the roots",
    code: "trust/store-invalid",
    disk: async (store) => {
      await rename(store, `${store}.real`);
      await symlink(`${store}.real`, store);
    },
  },
  {
    name: "someone's leaf in the store",
    comment: "every certificate is an authority or self-signed",
    code: "trust/store-invalid",
    plan: anchors(({ root, leaf }) => ({ "ca/acme/root.der": root, "ca/acme/leaf.der": leaf })),
  },
  {
    name: "someone's leaf behind the root in one file",
    comment: "every certificate is an authority or self-signed",
    code: "trust/store-invalid",
    plan: anchors(({ root, leaf }) => ({ "ca/acme/roots.pem": pem(root, leaf) })),
  },
  {
    name: "two authorities in one file",
    comment: "PEM holds several",
    plan: anchors(({ root, intermediate }) => ({ "ca/acme/roots.pem": pem(intermediate, root) })),
  },
  {
    name: "root that is cut off",
    comment: "no certificate, so nothing is left",
    code: "trust/store-empty",
    plan: anchors(({ root }) => ({ "ca/acme/root.der": root.subarray(0, -1) })),
  },
];

let registry: Registry;
let folder: string;

before(async () => {
  registry = await startSite();
  folder = await mkdtemp(join(tmpdir(), "countersign-stores-"));
});

after(async () => {
  await registry.close();
  await rm(folder, { recursive: true, force: true });
});

suite("trust stores", () => {
  for (const [index, { name, code, plan: change, disk }] of VECTORS.entries()) {
    test(code === undefined ? `passes: ${name}` : `${name} (${code})`, async () => {
      const plan = goodPlan("jws");
      change?.(plan);
      const world = buildWorld(plan, { host: registry.host, repository: `store-${index}`, site: registry.site });
      const options = { folder: join(folder, String(index)), now: plan.now, annotations: {} };
      await writeVerifierFiles(world, options.folder);
      await disk?.(join(options.folder, "truststore", "x509", "ca", "acme"));
      if (code !== undefined) {
        await assert.rejects(askLibrary(world, options), (error) => error instanceof CountersignError && error.code === code);
      } else {
        assert.equal((await askLibrary(world, options)).outcome, "pass");
      }
      const cli = await askCommandLine(world, options);
      assert.equal(cli.exit, code === undefined ? 0 : 3, cli.stderr);
      assert.equal((cli.document as Json)["code"], code);
    });
  }

  test("passes: the good store", async () => {
    const plan = goodPlan("jws");
    const world = buildWorld(plan, { host: registry.host, repository: "good", site: registry.site });
    const { library } = await judge(world, { folder: join(folder, "good"), now: plan.now, annotations: {} });
    assert.equal(library.outcome, "pass");
  });
});
