/** `policy who-can`: the fewest people, machines and keys that open each gate. */
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { API_VERSION } from "../../core/verdict.ts";
import { whoCan } from "../../policy/countersign/who-can.ts";
import { loadedOf } from "../countersign-policy.ts";
import type { Call } from "../declaration.ts";
import { print } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { loadGivenPolicy, namedPolicy, tellWarnings } from "../policy-file.ts";
import { policyFacts } from "../render/policy.ts";
import { styleFor } from "../render/style.ts";
import { changersOf, renderWhoCan } from "../render/who-can.ts";

export function run(call: Call): Promise<ExitCode> {
  const { io, words, values } = call;
  const named = namedPolicy(words[0], { option: values.text("policy"), action: "tell who opens the gates of" });
  const gate = values.text("gate");
  return withSetup(call, async (opened) => {
    const file = named === undefined ? await opened.showPolicy() : await loadGivenPolicy(named, { io, opened });
    const found = whoCan(loadedOf(file, "tell who opens the gates of"), await opened.verifier());
    // In the order in which the policy has them, and not by name.
    const order = file.policy.gates.map(({ name }) => name);
    const ordered = found.gates.toSorted((a, b) => order.indexOf(a.gate) - order.indexOf(b.gate));
    const gates = gate === undefined ? ordered : ordered.filter((one) => one.gate === gate);
    if (gates.length === 0) {
      const names = ordered.map((one) => one.gate);
      throw new CountersignError(
        "usage/gate-wanted",
        `Cannot tell who opens gate "${gate ?? ""}": "${file.place.text}" has no gate of that name`,
        {
          remedy: names.map((name) => `--gate ${name}`).join(", or "),
        },
      );
    }
    const changers = changersOf(file, { verifier: opened.paths.verifier, trustStores: (await opened.trustStores()).folder });
    if (values.text("output") === "json") {
      const document = {
        apiVersion: API_VERSION,
        kind: "WhoCan",
        ...policyFacts(file),
        ...found,
        gates: gates.map(asDocument),
        infrastructure: changers,
      };
      print(io, JSON.stringify(document, null, 2));
    } else {
      tellWarnings(file, call);
      print(io, renderWhoCan({ ...found, gates }, { file, changers, style: styleFor(io, io.stdout) }));
    }
    return 0;
  });
}

/** Nobody is `null`: a script must not take a member that is missing for a gate that opens itself. */
function asDocument<T extends { readonly size: number | undefined; readonly fewest: { readonly size: number | undefined } }>(
  gate: T,
): object {
  return { ...gate, size: gate.size ?? null, fewest: { ...gate.fewest, size: gate.fewest.size ?? null } };
}
