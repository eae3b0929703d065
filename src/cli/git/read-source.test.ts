import assert from "node:assert/strict";
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type GitRepository, makePerson, makeRepository, type Person } from "../../../tests/fixtures/git-repository.ts";
import { findProgram } from "../../../tests/real/programs.ts";
import { CountersignError } from "../../core/errors.ts";
import type { ContentOf } from "../../core/evidence.ts";
import { readContent } from "../../statements/content.ts";
import { readSource } from "./read-source.ts";
import { repositoryUri } from "./repository-uri.ts";
import { SOURCE_V1 } from "../../statements/predicate-types.ts";

const missing = ["git", "ssh-keygen"].filter((name) => findProgram(name) === undefined);
if (missing.length > 0 && process.env["CI"] === "true") throw new Error(`not installed: ${missing.join(", ")}`);
const skip = missing.length === 0 ? false : `not installed: ${missing.join(", ")}`;

const SUBJECTS = [{ digest: { sha256: "a".repeat(64) } }];
const signal = new AbortController().signal;

let folder = "";
let count = 0;
let eva: Person;
let finn: Person;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-git-"));
  if (skip !== false) return;
  [eva, finn] = await Promise.all([makePerson(folder, "eva"), makePerson(folder, "finn")]);
});
after(() => rm(folder, { recursive: true, force: true }));

function repository(options: { readonly objectFormat?: string } = {}): Promise<GitRepository> {
  return makeRepository(join(folder, `repository-${count++}`), options);
}

async function read({ folder: at }: Pick<GitRepository, "folder">, since: readonly string[] = []): Promise<ContentOf<"source">> {
  const { predicate } = await readSource({ folder: at, env: process.env, signal }, { since });
  // As it comes back from a registry, where nothing but text is left.
  const content = readContent({ subjects: SUBJECTS, predicateType: SOURCE_V1, predicate: JSON.parse(JSON.stringify(predicate)) });
  assert.equal(content.kind, "source");
  return content;
}

function refused(why: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof CountersignError && why.test(`${error.message} ${error.remedy}`);
}

describe("a repository", { skip }, () => {
  for (const objectFormat of ["sha1", "sha256"]) {
    test(`with ${objectFormat}: commits, merges, co-authors and a tag come back as git has them`, async () => {
      const made = await repository({ objectFormat });
      const first = await made.commit({ author: eva, signer: eva });
      await made.git("checkout", "-q", "-b", "side");
      const message = "Side\n\nCo-authored-by: Gus <gus@acme.io>\r\nCO-AUTHORED-BY:Hal<hal@acme.io>";
      const side = await made.commit({ author: finn, signer: finn, message });
      await made.git("checkout", "-q", "main");
      const unsigned = await made.commit({ author: eva });
      const as = [
        "-c",
        `user.name=${eva.name}`,
        "-c",
        `user.email=${eva.mail}`,
        "-c",
        "gpg.format=ssh",
        "-c",
        `user.signingkey=${eva.key}`,
      ];
      await made.git(...as, "merge", "-q", "--no-ff", "-S", "-m", "Merge", "side");
      const head = await made.git("rev-parse", "HEAD");
      await made.git(...as, "tag", "-s", "-m", "Release", "v1");
      await made.git("tag", "light");

      const { commits, tags, ...content } = await read(made);
      assert.deepEqual(content, { kind: "source", head });
      const seen = new Map(commits.map((commit) => [commit.id, commit]));
      assert.deepEqual([...seen.keys()].toSorted(), [first, side, unsigned, head].toSorted());
      assert.deepEqual(seen.get(head)?.parents, [unsigned, side]);
      assert.deepEqual(seen.get(head)?.signature, { kind: "ssh", fingerprint: eva.fingerprint });
      assert.deepEqual(seen.get(side)?.signature, { kind: "ssh", fingerprint: finn.fingerprint });
      assert.deepEqual(seen.get(side)?.coAuthors, [
        { name: "Gus", mail: "gus@acme.io" },
        { name: "Hal", mail: "hal@acme.io" },
      ]);
      assert.deepEqual(seen.get(unsigned)?.signature, { kind: "none" });
      assert.deepEqual(
        tags.map(({ name, tagger, signature }) => [name, tagger?.mail, signature]),
        [["v1", "eva@acme.io", { kind: "ssh", fingerprint: eva.fingerprint }]],
      );
    });
  }

  test("of which a part was built before is read from there, and what was merged from before it is shown to lie there", async () => {
    const made = await repository();
    const root = await made.commit({ author: eva });
    await made.git("branch", "old");
    const [between, baseline] = [await made.commit({ author: eva }), await made.commit({ author: eva })];
    await made.git("checkout", "-q", "old");
    const late = await made.commit({ author: finn, signer: finn });
    await made.git("checkout", "-q", "main");
    await made.git("-c", "user.name=eva", "-c", "user.email=eva@acme.io", "merge", "-q", "--no-ff", "-m", "Merge", "old");
    const head = await made.git("rev-parse", "HEAD");
    const { commits } = await read(made, [baseline]);
    // The path from the baseline to what `late` was made on, and not a commit more.
    assert.deepEqual(commits.map(({ id }) => id).toSorted(), [head, late, baseline, between].toSorted());
    assert.ok(commits.some(({ parents }) => parents.includes(root)));
  });

  test("that is cut off is refused, unless it is cut off where it was built before", async () => {
    const made = await repository();
    const ids = [await made.commit({ author: eva }), await made.commit({ author: eva }), await made.commit({ author: eva, signer: eva })];
    const shallow = join(folder, `shallow-${count++}`);
    await made.git("clone", "-q", "--depth", "1", `file://${made.folder}`, shallow);
    await assert.rejects(read({ folder: shallow }), refused(new RegExp(`${ids[1]} is not there.*--git-since ${ids[1]}`)));
    const { commits } = await read({ folder: shallow }, [ids[1] ?? ""]);
    assert.deepEqual(
      commits.map(({ id }) => id),
      [ids[2]],
    );
  });

  test("cannot put another object in place of a signed one, nor other parents", async () => {
    const made = await repository();
    const [root, head] = [await made.commit({ author: finn }), await made.commit({ author: eva, signer: eva })];
    const other = await made.git("-c", "user.name=mallory", "-c", "user.email=m@m", "commit-tree", "-m", "Other", "HEAD^{tree}");
    await made.git("replace", head, other);
    await made.git("replace", root, other);
    await writeFile(join(made.folder, ".git", "info", "grafts"), `${head}\n`);
    assert.equal(await made.git("rev-list", "--count", "HEAD"), "1", "git itself is misled");
    const { commits } = await read(made);
    assert.deepEqual(commits.map(({ id }) => id).toSorted(), [root, head].toSorted());
  });

  test("has nothing of it run: no transport, hook or monitor; and git's variables lead nowhere else", async () => {
    const made = await repository();
    const root = await made.commit({ author: eva });
    const head = await made.commit({ author: eva });
    const trace = join(folder, "was-run");
    const run = `touch ${trace}`;
    for (const [name, value] of [
      ["core.fsmonitor", run],
      ["core.sshCommand", run],
      ["core.pager", run],
      ["remote.origin.url", `ext::sh -c ${run.replaceAll(" ", "% ")}`],
      ["remote.origin.promisor", "true"],
      ["protocol.ext.allow", "always"],
      ["protocol.allow", "always"],
      ["extensions.partialClone", "origin"],
      ["core.repositoryFormatVersion", "1"],
    ] as const) {
      await made.git("config", name, value);
    }
    await read(made);
    const other = await repository();
    const env = { ...process.env, GIT_DIR: join(other.folder, ".git"), GIT_TRACE: trace, GIT_SSH_COMMAND: run, GIT_EXTERNAL_DIFF: run };
    const { predicate } = await readSource({ folder: made.folder, env, signal }, { since: [] });
    assert.equal(predicate.head, head);
    await rm(join(made.folder, ".git", "objects", root.slice(0, 2), root.slice(2)));
    await assert.rejects(read(made), refused(/git|not there/));
    await assert.rejects(access(trace), "something of the repository was run");
  });

  test("whose names look like options is read as what it is", async () => {
    const made = await makeRepository(join(folder, "-C --upload-pack=x"));
    const head = await made.commit({ author: eva });
    assert.equal((await read(made)).head, head);
    await assert.rejects(read(made, ["--all"]), refused(/--git-since "--all"[^]*no such commit/));
  });

  test("that is none, or holds a commit that is not well made, is refused with a reason", async () => {
    const made = await repository();
    await writeFile(join(folder, "a file"), "");
    for (const [at, why] of [
      [folder, /it is no git repository \(fatal: not a git repository/],
      [join(folder, "absent"), /there is no such folder/],
      [join(folder, "a file"), new RegExp(`it is a file, and no folder --git ${folder},`)],
      [made.folder, /it has no commit yet/],
    ] as const) {
      await assert.rejects(read({ folder: at }), (error) => refused(why)(error) && error instanceof CountersignError && error.exit === 2);
    }
    await made.commit({ author: eva });
    for (const since of ["v0", "HEAD^{tree}", "123456"])
      await assert.rejects(
        read(made, [since]),
        (error) => refused(/has no such commit git -C \S+ log/)(error) && error instanceof CountersignError && error.exit === 2,
      );
    const tree = await made.git("write-tree");
    const bad = `tree ${tree}\nauthor Eva <eva@acme.io> 1 +0000\nauthor Finn <finn@acme.io> 1 +0000\ncommitter Eva <eva@acme.io> 1 +0000\n\nTwo\n`;
    const { stdout } = await made.run(["hash-object", "-t", "commit", "-w", "--stdin", "--literally"], { stdin: bad });
    await made.git("update-ref", "HEAD", stdout.trim());
    await assert.rejects(read(made), refused(/author twice/));
  });
});

test("a repository's address is told without passwords, and a folder's not at all", () => {
  for (const [remote, uri] of [
    ["https://git.acme.io/shop.git\n", "git+https://git.acme.io/shop.git"],
    ["https://x-access-token:secret@git.acme.io/shop", "git+https://git.acme.io/shop"],
    ["git@git.acme.io:acme/shop.git", "git+ssh://git@git.acme.io/acme/shop.git"],
    ["ssh://git:secret@git.acme.io:2222/shop", "git+ssh://git@git.acme.io:2222/shop"],
    ["https://git.acme.io/shop?token=secret#x", "git+https://git.acme.io/shop"],
    ["/srv/git/shop", undefined],
    ["file:///srv/git/shop", undefined],
    ["ext::sh -c x", undefined],
    ["C:\\git", undefined],
    ["", undefined],
  ] as const) {
    assert.equal(repositoryUri(remote), uri, remote);
  }
});
