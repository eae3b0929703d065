/** `policy test`: whether a policy answers about recorded images what its tests expect. */
import { dirname, join } from "node:path";
import { showForeign } from "../../core/display.ts";
import type { ExitCode } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { parseReference } from "../../core/reference.ts";
import { API_VERSION } from "../../core/verdict.ts";
import { loadNamedFile } from "../../files/named.ts";
import { decodePolicyTest, decodeRecordedImage } from "../../policy/policy-test/document.ts";
import type { Setup } from "../../setup.ts";
import { type Recorded, type TestedCase, testPolicy } from "../../test-policy.ts";
import type { Call } from "../declaration.ts";
import { print } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { policyFacts } from "../render/policy.ts";
import { type Style, styleFor } from "../render/style.ts";

export function run(call: Call): Promise<ExitCode> {
  const { io, words, values } = call;
  return withSetup(call, async (opened) => {
    const path = words[0] ?? "";
    const test = await decodePolicyTest(await load(path), { source: path });
    const file = await opened.showPolicy(join(dirname(path), test.policy));
    const cases = await testPolicy(test.cases, {
      policy: file.policy,
      trust: opened.trust,
      clock: opened.clock,
      signal: io.signal,
      open: (image) => openRecorded(join(dirname(path), image), opened),
    });
    const failed = cases.filter(({ isAsExpected }) => !isAsExpected).length;
    if (values.text("output") === "json") {
      const report = { policy: policyFacts(file), passed: cases.length - failed, failed, cases };
      print(io, JSON.stringify({ apiVersion: API_VERSION, kind: "PolicyTestReport", ...report }, null, 2));
    } else {
      const style = styleFor(io, io.stdout);
      for (const one of cases) print(io, showForeign(describe(one, style), 4096));
      print(io, `${cases.length - failed} of ${cases.length} cases are as expected`);
    }
    return failed === 0 ? 0 : 1;
  });
}

function load(path: string): Promise<Uint8Array> {
  return loadNamedFile(path, { maxBytes: LIMITS.policyBytes });
}

/** With all that its bases are built on in turn, each read once. */
async function openRecorded(path: string, opened: Setup): Promise<Recorded> {
  const bases: Omit<Recorded, "bases">[] = [];
  const known = new Set([path]);
  const openOne = async (file: string): Promise<Omit<Recorded, "bases">> => {
    const { image, as, bases: named } = await decodeRecordedImage(await load(file), { source: file });
    for (const base of named.map((name) => join(dirname(file), name))) {
      if (known.has(base)) continue;
      known.add(base);
      bases.push(await openOne(base));
    }
    const at = image.indexOf(":") + 1;
    const reference = parseReference(`${image.slice(0, at)}${join(dirname(file), image.slice(at))}`);
    return { reference, as, store: await opened.openStore(reference) };
  };
  return { ...(await openOne(path)), bases };
}

function describe({ name, isAsExpected, expected, answer, because, codes, missing }: TestedCase, style: Style): string {
  if (isAsExpected) return `${style.good("✓")} ${name}  ${style.dim([expected, because].filter((text) => text !== undefined).join(", "))}`;
  const wanted = because === undefined ? expected : `${expected} because of ${because}`;
  const found = answer === undefined ? "no answer" : codes.length === 0 ? answer : `${answer} because of ${codes.join(", ")}`;
  return `${style.bad("✗")} ${name}  expected ${wanted}, and it is ${found}${missing.length === 0 ? "" : `: ${missing.join("; ")}`}`;
}
