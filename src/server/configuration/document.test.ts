/** `serve.yaml`: what it says, and every way to get it wrong, with its place. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CountersignError } from "../../core/errors.ts";
import type { ServerConfiguration } from "./configuration.ts";
import { decodeServerConfiguration } from "./document.ts";
import { SERVER_OBJECTS } from "./fields.ts";

const HEAD = "apiVersion: countersign.dev/v1\nkind: Server\n";

function decode(text: string): Promise<ServerConfiguration> {
  return decodeServerConfiguration(Buffer.from(text), { source: "serve.yaml" });
}

/** With one line of the authority in place of the one that begins the same. */
function authority(...lines: readonly string[]): string {
  const given = { key: "clock", policy: "1.3.6.1.4.1.32473.1", accuracy: "1s", state: "clock" };
  const changed = new Set(lines.map((line) => line.slice(0, line.indexOf(":"))));
  const rest = Object.entries(given).flatMap(([name, value]) => (changed.has(name) ? [] : [`${name}: ${value}`]));
  return `${HEAD}timestampAuthority:\n${[...lines, ...rest].map((line) => `  ${line}\n`).join("")}`;
}

test("without an address it listens where nobody else can ask", async () => {
  assert.deepEqual(await decode(authority()), {
    timestampAuthority: {
      listen: { host: "127.0.0.1", port: 3161 },
      key: "clock",
      policy: "1.3.6.1.4.1.32473.1",
      accuracyMs: 1000,
      state: "clock",
    },
  });
});

test("all that can be said", async () => {
  const text = authority('listen: "[::]:0"', "key: ./clock.key", "certificate: clock.crt", "accuracy: 1s500ms", "state: /var/lib/clock");
  assert.deepEqual((await decode(text)).timestampAuthority, {
    listen: { host: "::", port: 0 },
    key: "./clock.key",
    certificate: "clock.crt",
    policy: "1.3.6.1.4.1.32473.1",
    accuracyMs: 1500,
    state: "/var/lib/clock",
  });
  assert.deepEqual((await decode(authority("listen: 0.0.0.0:80"))).timestampAuthority.listen, { host: "0.0.0.0", port: 80 });
});

const REFUSED: Readonly<Record<string, readonly [text: string, place: string, state: RegExp]>> = {
  "another kind": [`apiVersion: countersign.dev/v1\nkind: Verifier\n${authority().slice(HEAD.length)}`, "2:7", /^kind is "Verifier"/],
  "no part": [HEAD, "1:1", /has no timestampAuthority/],
  "a part that nobody knows": [`${authority()}console: {}\n`, "8:1", /console is not a field/],
  "a field that nobody knows": [authority("acuracy: 1s"), "4:3", /did you mean accuracy/],
  "no policy": [authority().replace("  policy: 1.3.6.1.4.1.32473.1\n", ""), "4:3", /has no policy/],
  "a port alone": [authority("listen: 3161"), "4:11", /is the number 3161/],
  "no address": [authority('listen: ":3161"'), "4:11", /is no IP address with a port/],
  "a name": [authority("listen: localhost:3161"), "4:11", /is no IP address with a port/],
  "no port": [authority("listen: 127.0.0.1"), "4:11", /is no IP address with a port/],
  "a port that is none": [authority("listen: 127.0.0.1:65536"), "4:11", /is no IP address with a port/],
  "an address that is none": [authority("listen: 127.0.0.256:80"), "4:11", /is no IP address with a port/],
  "an address of IPv6 without brackets": [authority("listen: ::1:80"), "4:11", /is no IP address with a port/],
  "a zone": [authority('listen: "[fe80::1%eth0]:80"'), "4:11", /is no IP address with a port/],
  "a policy of one arc": [authority('policy: "1"'), "4:11", /is no object identifier/],
  "a policy of three": [authority("policy: 3.1.2"), "4:11", /is no object identifier/],
  "a policy with a padded arc": [authority("policy: 1.3.06.1"), "4:11", /is no object identifier/],
  "a policy whose second arc is too large": [authority("policy: 1.40.1"), "4:11", /is no object identifier/],
  "a policy with an arc of 128 bits": [authority(`policy: 2.25.${1n << 127n}`), "4:11", /is no object identifier/],
  "an accuracy without a unit": [authority('accuracy: "1"'), "4:13", /is no length of time/],
  "an accuracy of nothing": [authority("accuracy: 0s"), "4:13", /is no length of time/],
  "an accuracy that no signer takes": [authority("accuracy: 6m"), "4:13", /no signer would take/],
  "an accuracy without quotes and unit": [authority("accuracy: 1000"), "4:13", /is the number 1000.* write 1000ms/],
  "a port of its own": [authority("listen: 3170"), "4:11", /is the number 3170.* write 127\.0\.0\.1:3170/],
  "an address of IPv4 alone": [authority("listen: 127.0.0.2"), "4:11", /write 127\.0\.0\.2:3161/],
  "an address of IPv6 alone": [authority('listen: "::1"'), "4:11", /write "\[::1\]:3161"/],
  "a field twice": [authority("state: a", "state: b"), "5:3", /./],
};

for (const [what, [text, place, state]] of Object.entries(REFUSED)) {
  test(`refused with its place: ${what}`, async () => {
    await assert.rejects(decode(text), (error) => {
      assert.ok(error instanceof CountersignError && error.code === "config/invalid", String(error));
      const { line, column, problems } = error.detail as {
        line: number;
        column: number;
        problems: { member: string; state: string; remedy: string }[];
      };
      assert.equal(`${line}:${column}`, place, error.message);
      assert.match(`${problems[0]?.member} ${problems[0]?.state}; ${problems[0]?.remedy}`, state);
      return true;
    });
  });
}

for (const [object, { fields }] of Object.entries(SERVER_OBJECTS)) {
  for (const [name, { example }] of Object.entries(fields)) {
    test(`the example of ${object}.${name} loads, and holds the field`, async () => {
      const rest = authority()
        .split(/^(?=[a-zA-Z])/m)
        .filter((section) => !example.startsWith(section.slice(0, section.indexOf(":") + 1)));
      await decode([...rest, example].join(""));
      assert.match(example, new RegExp(`\\b${name}:`));
    });
  }
}
