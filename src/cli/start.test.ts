/** What the launcher decides before the program is there: whose cache it may run, and whom it may call. */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { compileCacheFolder } from "./compile-cache-folder.ts";
import { earlyTarget } from "./early-target.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-cache-"));
after(() => rmSync(folder, { recursive: true, force: true }));

test("the compile cache is a new folder of the owner's alone", () => {
  const home = join(folder, "home");
  const cache = compileCacheFolder({ HOME: home }, "1.0.0");
  assert.equal(cache, join(home, ".cache", "countersign", "compile-1.0.0"));
  assert.equal(statSync(cache ?? "").mode & 0o777, 0o700);
  assert.equal(compileCacheFolder({ HOME: home }, "1.0.0"), cache);
  assert.equal(
    compileCacheFolder({ HOME: home, XDG_CACHE_HOME: join(folder, "xdg") }, "1.0.0"),
    join(folder, "xdg", "countersign", "compile-1.0.0"),
  );
});

test("there is no cache where another user could write, or have written", () => {
  const open = join(folder, "open");
  mkdirSync(join(open, "countersign", "compile-1"), { recursive: true, mode: 0o700 });
  chmodSync(join(open, "countersign", "compile-1"), 0o770);
  assert.equal(compileCacheFolder({ XDG_CACHE_HOME: open }, "1"), undefined);
  chmodSync(join(open, "countersign", "compile-1"), 0o700);
  chmodSync(join(open, "countersign"), 0o777);
  assert.equal(compileCacheFolder({ XDG_CACHE_HOME: open }, "1"), undefined);

  const linked = join(folder, "linked");
  mkdirSync(join(linked, "countersign"), { recursive: true, mode: 0o700 });
  symlinkSync(join(folder, "home"), join(linked, "countersign", "compile-1"));
  assert.equal(compileCacheFolder({ XDG_CACHE_HOME: linked }, "1"), undefined);
  assert.equal(compileCacheFolder({}, "1"), undefined);
  assert.equal(compileCacheFolder({ HOME: "relative" }, "1"), undefined);
  assert.equal(compileCacheFolder({ HOME: "/dev/null" }, "1"), undefined);
});

test("a registry that will be asked for sure is called early", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  assert.deepEqual(earlyTarget(["verify", `registry.example/app@${digest}`], {}), { host: "registry.example", port: 443 });
  assert.deepEqual(earlyTarget(["tree", "127.0.0.1:5000/app:1"], {}), { host: "127.0.0.1", port: 5000 });
  assert.deepEqual(earlyTarget(["inspect", "localhost:5000/app"], {}), { host: "localhost", port: 5000 });
  assert.deepEqual(earlyTarget(["verify", "--explain", "Registry.Example/app"], {}), { host: "registry.example", port: 443 });
  assert.deepEqual(earlyTarget(["verify", "--output", "json", "docker.io/library/app"], {}), { host: "registry-1.docker.io", port: 443 });
});

test("nobody else is called", () => {
  for (const argv of [
    [],
    ["sign", "registry.example/app"],
    ["verify"],
    ["verify", "oci:some.folder/app:1"],
    ["verify", "oci:5000/app"],
    ["verify", "team/app"],
    ["verify", "app"],
    ["verify", "--policy", "policies.d/x.json"],
    ["verify", "./registry.example/app"],
    ["verify", "registry.example:99999/app"],
    ["verify", "registry.example:0/app"],
    ["verify", "registry.example/app", "--offline"],
    ["verify", "https://registry.example/app"],
  ]) {
    assert.equal(earlyTarget(argv, {}), undefined, argv.join(" "));
  }
  assert.equal(earlyTarget(["verify", "registry.example/app"], { HTTPS_PROXY: "http://proxy:3128" }), undefined);
  assert.equal(earlyTarget(["verify", "registry.example/app"], { all_proxy: "socks://x" }), undefined);
});
