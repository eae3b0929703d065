/** `policy explain`: which policy and gate judge an image, and what they will ask. No registry is asked. */
import type { ExitCode } from "../../core/errors.ts";
import { parseReference } from "../../core/reference.ts";
import { API_VERSION } from "../../core/verdict.ts";
import { nameOf } from "../as-option.ts";
import type { Call } from "../declaration.ts";
import { explain } from "../explanation.ts";
import { print } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { policyFacts } from "../render/policy.ts";
import { renderExplanation } from "../render/explanation.ts";
import { repeatConfig } from "../render/remedy.ts";
import { styleFor } from "../render/style.ts";

export function run(call: Call): Promise<ExitCode> {
  const { io, words, values } = call;
  const reference = parseReference(words[0] ?? "");
  const named = values.text("policy");
  return withSetup(call, async (opened) => {
    const { file, how, passedOver } = await opened.explainPolicy(named);
    const as = nameOf(reference, { values, policy: file.policy });
    const found = await explain(reference, file.policy, { as, gate: values.text("gate"), policyFile: named, trust: opened.trust });
    const explanation = {
      ...found,
      ...(found.command === undefined ? {} : { command: repeatConfig(found.command, call.known) }),
      trustStores: found.trustStores.map((store) =>
        store.remedy === undefined ? store : { ...store, remedy: repeatConfig(store.remedy, call.known) },
      ),
    };
    if (values.text("output") === "json") {
      const document = {
        apiVersion: API_VERSION,
        kind: "PolicyExplanation",
        ...explanation,
        policy: { ...policyFacts(file), chosen: how, passedOver },
      };
      print(io, JSON.stringify(document, null, 2));
    } else {
      print(io, renderExplanation(explanation, { file, how, passedOver, style: styleFor(io, io.stdout) }));
    }
    return 0;
  });
}
