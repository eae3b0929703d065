/** `approve --pending`: what waits for somebody's word. */
import { showForeign } from "../core/display.ts";
import { CountersignError, type ExitCode } from "../core/errors.ts";
import type { Policy } from "../core/policy.ts";
import { quoteWord } from "../core/shell.ts";
import { API_VERSION } from "../core/verdict.ts";
import { type CountersignPolicy, isCountersignPolicy } from "../policy/countersign/document.ts";
import type { Setup } from "../setup.ts";
import { findPending, type PendingReport, type Waiting } from "../words/pending.ts";
import { findSigningPerson } from "../words/signing-person.ts";
import type { Call } from "./declaration.ts";
import { print, remark } from "./io.ts";
import { withSetup } from "./open-setup.ts";
import { repeatConfig } from "./render/remedy.ts";

/** Arguments are repositories. */
export function runPending(call: Call): Promise<ExitCode> {
  const { io, values, words, global } = call;
  return withSetup(call, async (opened) => {
    const named = values.text("policy");
    const policy = ofOurForm(await opened.loadPolicy(named === undefined ? {} : { file: named }));
    const person = await whoAsks(call, { opened, policy });
    const gate = values.text("gate");
    if (gate !== undefined && !policy.loaded.gates.some(({ name }) => name === gate)) {
      throw new CountersignError("usage/gate-wanted", `Cannot look for what waits: the policy has no gate "${gate}"`, {
        remedy: policy.loaded.gates.map(({ name }) => `--gate ${quoteWord(name)}`).join(", or "),
      });
    }
    const { trust, clock, concurrency, budgetMs } = opened;
    const report = await findPending({
      policy,
      person,
      trust,
      clock,
      concurrency,
      budgetMs,
      openStore: (reference) => opened.openStore(reference),
      ...(gate === undefined ? {} : { gate }),
      ...(words.length === 0 ? {} : { repositories: words }),
      ...(io.signal === undefined ? {} : { signal: io.signal }),
    });
    if (report.repositories.length === 0 && report.notes.length > 0) {
      throw new CountersignError("usage/invalid", `Cannot look for what waits for "${person}": ${report.notes.join("; ")}`, {
        remedy: "name the repositories: countersign approve --pending … REGISTRY/REPOSITORY",
      });
    }
    if (values.text("output") === "json") print(io, JSON.stringify({ apiVersion: API_VERSION, kind: "Pending", ...report }, null, 2));
    else {
      print(io, renderPending(report, call));
      if (!global.quiet) for (const note of report.notes) remark(io, `note: ${showForeign(note, 4096)}`);
    }
    return 0;
  });
}

function ofOurForm(policy: Policy): CountersignPolicy {
  if (isCountersignPolicy(policy)) return policy;
  throw new CountersignError("usage/invalid", "Cannot look for what waits: the policy has no people", {
    remedy: "--policy FILE, a Countersign policy",
  });
}

async function whoAsks(
  { values }: Call,
  { opened, policy }: { readonly opened: Setup; readonly policy: CountersignPolicy },
): Promise<string> {
  const [key, name, certificate] = [values.text("key"), values.text("as-person"), values.text("cert")];
  if (name !== undefined) {
    if (policy.loaded.people.some((person) => person.name === name)) return name;
    throw new CountersignError("usage/invalid", `Cannot look for what waits for "${name}": the policy has nobody of this name`, {
      remedy: policy.loaded.people.map((person) => `--as-person ${quoteWord(person.name)}`).join(", or "),
    });
  }
  if (key === undefined)
    throw new CountersignError("usage/invalid", "Cannot look for what waits: nobody says for whom", {
      remedy: "--key KEY, or --as-person NAME",
    });
  const signer = await opened.openSigner({ key, ...(certificate === undefined ? {} : { certificate }) });
  const { key: shown, person } = await findSigningPerson(signer, { policy, trust: opened.trust });
  if (person !== undefined) return person;
  throw new CountersignError("approval/not-a-member", `Cannot look for what waits: the policy knows nobody by ${shown}`);
}

function renderPending({ person, waiting, repositories }: PendingReport, call: Call): string {
  if (repositories.length === 0) return `no gate asks ${showForeign(person)} for approval`;
  if (waiting.length === 0) return `nothing waits for ${showForeign(person)} in ${showForeign(repositories.join(", "), 1000)}`;
  return [
    `${waiting.length === 1 ? "1 image waits" : `${waiting.length} images wait`} for ${showForeign(person)}`,
    ...waiting.flatMap((one) => renderWaiting(one, call)),
  ].join("\n");
}

function renderWaiting({ image, tags, gate, product, approvals }: Waiting, { values, known }: Call): readonly string[] {
  const { counted, atLeast } = approvals;
  const key = values.text("key") === undefined ? "KEY" : quoteWord(values.text("key") ?? "");
  return [
    `  ${showForeign(image, 4096)}  ${tags.map((tag) => showForeign(tag)).join(", ")}`,
    `      gate ${showForeign(gate)} · ${showForeign(product)} · ${counted} of ${atLeast}`,
    `      ${repeatConfig(`countersign approve ${quoteWord(image)} --gate ${quoteWord(gate)} --key ${key}`, known)}`,
  ];
}
