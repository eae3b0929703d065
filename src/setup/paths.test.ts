import assert from "node:assert/strict";
import { test } from "node:test";
import { findAuthFiles, findPaths } from "./paths.ts";

const HOME = "/home/alice";
const places: readonly (readonly [env: Readonly<Record<string, string>>, files: readonly string[]])[] = [
  [
    { HOME, XDG_RUNTIME_DIR: "/run/user/1000" },
    ["/run/user/1000/containers/auth.json", "/home/alice/.config/containers/auth.json", "/home/alice/.docker/config.json"],
  ],
  [
    { HOME, XDG_CONFIG_HOME: "/config", DOCKER_CONFIG: "" },
    [`/run/containers/${process.getuid?.()}/auth.json`, "/config/containers/auth.json", "/home/alice/.docker/config.json"],
  ],
  [{ HOME, XDG_RUNTIME_DIR: "/run/user/1000", DOCKER_CONFIG: "/docker" }, ["/docker/config.json"]],
  [{ HOME, REGISTRY_AUTH_FILE: "/auth.json", DOCKER_CONFIG: "/docker" }, ["/auth.json"]],
];

for (const [env, files] of places) {
  test(`auth files with ${Object.keys(env).join(", ")}`, () => assert.deepEqual(findAuthFiles(env), files));
}

function stateWith(env: Readonly<Record<string, string>>, config?: string): string {
  return findPaths({ HOME, ...env }, config).state;
}

test("what is remembered is beside a configuration that is named, and else where the state of programs is", () => {
  assert.equal(stateWith({}), "/home/alice/.local/state/countersign");
  assert.equal(stateWith({ XDG_STATE_HOME: "/state" }), "/state/countersign");
  assert.equal(stateWith({ XDG_STATE_HOME: "/state", COUNTERSIGN_CONFIG: "/c" }), "/c/state");
  assert.equal(stateWith({ XDG_STATE_HOME: "/state", COUNTERSIGN_CONFIG: "/c" }, "/d"), "/d/state");
  assert.equal(stateWith({ COUNTERSIGN_STATE: "/kept", COUNTERSIGN_CONFIG: "/c" }), "/kept");
});
