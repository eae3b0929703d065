/** One rule for hosts that are pasted. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hostOf } from "./host.ts";
import { globalOptions } from "./options.ts";
import { Values } from "./values.ts";

test("a scheme and what Docker puts behind it are left out; a path is no host and is left alone", () => {
  for (const [written, host] of [
    ["r.example:5000", "r.example:5000"],
    ["r.example/", "r.example"],
    ["https://r.example", "r.example"],
    ["HTTP://r.example:5000/", "r.example:5000"],
    ["https://index.docker.io/v1/", "index.docker.io"],
    ["r.example/v1/", "r.example/v1/"],
    ["r.example/team", "r.example/team"],
    ["https://r.example/team", "https://r.example/team"],
    ["/", "/"],
    ["", ""],
  ] as const) {
    assert.equal(hostOf(written), host);
  }
});

test("options that take a host follow it", () => {
  const given = { "insecure-registry": ["http://a.example:5000"], "token-realm": ["https://b.example/"] };
  const { insecureRegistries, tokenRealms } = globalOptions(
    new Values(
      given,
      new Set([
        ...Object.keys(given),
        "config",
        "offline",
        "at",
        "timeout",
        "concurrency",
        "registry-ca",
        "username",
        "password-stdin",
        "verbose",
        "quiet",
      ]),
    ),
  );
  assert.deepEqual([insecureRegistries, tokenRealms], [["a.example:5000"], ["b.example"]]);
});
