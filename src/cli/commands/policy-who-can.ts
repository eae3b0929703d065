/** `policy who-can`: the fewest people, machines and keys that open each gate. */
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { API_VERSION } from "../../core/verdict.ts";
import type { Fewest } from "../../policy/countersign/fewest.ts";
import { type GateOpeners, whoCan } from "../../policy/countersign/who-can.ts";
import { loadedOf } from "../countersign-policy.ts";
import type { Call } from "../declaration.ts";
import { print } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { loadGivenPolicy, namedPolicy, tellWarnings } from "../policy-file.ts";
import { policyFacts } from "../render/policy.ts";
import { styleFor } from "../render/style.ts";
import { assumedOf, changersOf, renderWhoCan } from "../render/who-can.ts";

export function run(call: Call): Promise<ExitCode> {
  const { io, words, values } = call;
  const named = namedPolicy(words[0], { option: values.text("policy"), action: "tell who opens the gates of" });
  const gate = values.text("gate");
  return withSetup(call, async (opened) => {
    const file = named === undefined ? await opened.showPolicy() : await loadGivenPolicy(named, { io, opened });
    const loaded = loadedOf(file, "tell who opens the gates of");
    const verifier = await opened.verifier();
    const found = whoCan(loaded, verifier);
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
    const assumed = assumedOf(loaded, verifier);
    if (values.text("output") === "json") {
      const document = {
        apiVersion: API_VERSION,
        kind: "WhoCan",
        ...policyFacts(file),
        ...found,
        gates: gates.map(asDocument),
        infrastructure: [...changers, ...assumed],
      };
      print(io, JSON.stringify(document, null, 2));
    } else {
      tellWarnings(file, call);
      print(io, renderWhoCan({ ...found, gates }, { file, changers, assumed, style: styleFor(io, io.stdout) }));
    }
    return 0;
  });
}

/** Nobody is `null`: a script must not take a member that is missing for a gate that opens itself. */
function asDocument(gate: GateOpeners): object {
  const { size, fewest, others, ...rest } = gate;
  return { ...rest, size: size ?? null, fewest: sized(fewest), others: others.map((way) => ({ ...way, fewest: sized(way.fewest) })) };
}

function sized({ size, ...fewest }: Fewest): object {
  return { ...fewest, size: size ?? null };
}
