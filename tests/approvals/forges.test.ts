/** Forges: what one signs for whoever has an account there keeps the account's owner out, and lets nobody in. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Verdict } from "../../src/core/verdict.ts";
import { HOUR, NOW } from "../evidence/world.ts";
import { startGpg } from "../fixtures/gpg.ts";
import { findProgram } from "../real/programs.ts";
import { makeCommit, makeCommitSignedBy, makeDeveloper, type RawCommit } from "./commits.ts";
import { DEVELOPERS, FORGE, makeShop, PEOPLE, type Shop } from "./shop.ts";

const missing = ["gpg", "gpgconf"].filter((name) => findProgram(name) === undefined);
if (missing.length > 0 && process.env["CI"] === "true") throw new Error(`not installed: ${missing.join(", ")}`);
const skip = missing.length === 0 ? false : `not installed: ${missing.join(", ")}`;

const { eva, finn, gus } = PEOPLE;
const approve = { not: ["author"] };

function countedIn({ outcome, requirements }: Verdict): string {
  const counted = requirements.filter(({ kind }) => kind === "approval").flatMap((report) => report.counted);
  return [outcome, ...counted.map(({ person }) => person).toSorted()].join(" ");
}

/** Eva and finn approve it. */
async function approved(commits: readonly RawCommit[], forges: object = {}): Promise<Shop> {
  const shop = await makeShop({ approve, commits, forges });
  await Promise.all([shop.say(eva), shop.say(finn)]);
  return shop;
}

test("what a listed forge signs keeps the account's owner out, whatever he disowns", async () => {
  const own = makeCommit(FORGE, { author: "eva" });
  const shop = await approved([own]);
  await shop.disown(eva, own.id);
  const denied = await shop.verify();
  assert.equal(countedIn(denied), "deny finn");
  assert.match(JSON.stringify(denied), /eva authored commit [0-9a-f]{7} \(forge says so\)/);
  await shop.say(gus);
  assert.equal(countedIn(await shop.verify()), "pass finn gus");
});

test("a listed forge proves that it was somebody else, and one that is not listed proves nothing", async () => {
  assert.equal(countedIn(await (await approved([makeCommit(FORGE, { author: "stranger" })])).verify()), "pass eva finn");
  const elsewhere = makeCommit(makeDeveloper("forge"), { author: "stranger" });
  assert.match(countedIn(await (await approved([elsewhere])).verify()), /^unknown/);
  // A merge that the forge has made says nothing of what it merges.
  const unsigned = makeCommit(DEVELOPERS.ana, { signed: "not" });
  const merge = makeCommit(FORGE, { author: "stranger", parents: [unsigned.id] });
  assert.match(countedIn(await (await approved([unsigned, merge])).verify()), /^unknown/);
});

test("a forge is nobody where commits have to be signed by people", async () => {
  for (const [commit, answer] of [
    [makeCommit(DEVELOPERS.ana), "pass"],
    [makeCommit(FORGE, { author: "ana" }), "deny"],
  ] as const) {
    const shop = await makeShop({ approve, commits: [commit], signedBy: "people" });
    const verdict = await shop.verify({ gate: "build" });
    assert.equal(verdict.outcome, answer);
    assert.equal(JSON.stringify(verdict).includes("author/unknown-signer"), answer === "deny");
  }
});

test("a forge signs by a key of OpenPGP, as GitHub does", { skip }, async (t) => {
  const gpg = await startGpg();
  t.after(() => gpg.end());
  const at = new Date(NOW.getTime() - 24 * HOUR);
  const [key, other] = [await gpg.makeKey("web-flow", { at }), await gpg.makeKey("other", { at })];
  const forges = { github: { git: [{ openpgp: await gpg.exportKey(key) }] } };
  const signedBy = (signer: string, author: string): Promise<RawCommit> =>
    makeCommitSignedBy((payload) => gpg.sign(payload, { key: signer, at }), { author, committer: "noreply" });
  const byEva = await approved([await signedBy(key, "eva")], forges);
  assert.equal(countedIn(await byEva.verify()), "deny finn");
  const byStranger = await signedBy(key, "stranger");
  assert.equal(countedIn(await (await approved([byStranger], forges)).verify()), "pass eva finn");
  // Without its key nobody knows whose the signature is; by another key it is not the forge's.
  assert.match(countedIn(await (await approved([byStranger])).verify()), /^unknown/);
  assert.match(countedIn(await (await approved([await signedBy(other, "stranger")], forges)).verify()), /^unknown/);
});
