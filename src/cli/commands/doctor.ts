/** `doctor`: what is wrong with the set-up, or with a registry. */
import { showForeign } from "../../core/display.ts";
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { isHostAlone, parseReference } from "../../core/reference.ts";
import { API_VERSION } from "../../core/verdict.ts";
import { diagnoseMachine } from "../diagnose-machine.ts";
import type { Diagnosis } from "../diagnosis.ts";
import { print } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { hostOf } from "../host.ts";
import { fillRemedy } from "../render/remedy.ts";
import { mark, type Style, styleFor } from "../render/style.ts";
import type { Call } from "../declaration.ts";

export function run(call: Call): Promise<ExitCode> {
  const { io, words, values } = call;
  const [given] = words;
  const text = given === undefined ? undefined : hostOf(given);
  const host = text !== undefined && isHostAlone(text) ? text : undefined;
  const reference = text === undefined || host !== undefined ? undefined : parseReference(text);
  if (reference === undefined && values.flag("repair")) {
    throw new CountersignError("usage/invalid", "Cannot repair: no image was named", {
      remedy: `countersign doctor ${host ?? "registry.example"}/repository:tag --repair`,
    });
  }
  return withSetup(call, async (opened) => {
    const machine = await diagnoseMachine(call, opened);
    const remote =
      text === undefined
        ? []
        : await import("../diagnose-registry.ts").then(({ diagnoseHost, diagnoseRegistry }) =>
            reference === undefined ? diagnoseHost(text, opened) : diagnoseRegistry(reference, { call, opened }),
          );
    const found = withoutRepeated([...machine, ...remote]).map((entry) =>
      entry.remedy === undefined ? entry : { ...entry, remedy: showForeign(fillRemedy(entry.remedy, call.known), 4096) },
    );
    if (values.text("output") === "json") print(io, JSON.stringify({ apiVersion: API_VERSION, kind: "Diagnosis", items: found }, null, 2));
    else print(io, renderDiagnoses(found, styleFor(io, io.stdout)));
    const outcomes = new Set(found.map(({ outcome }) => outcome));
    return outcomes.has("fail") ? 3 : outcomes.has("unknown") ? 4 : 0;
  });
}

/** A file that several looks need, and that cannot be read, is one fault. */
function withoutRepeated(found: readonly Diagnosis[]): readonly Diagnosis[] {
  return found.filter(
    ({ outcome, message }, at) => outcome === "pass" || found.findIndex((one) => one.outcome === outcome && one.message === message) === at,
  );
}

function renderDiagnoses(found: readonly Diagnosis[], style: Style): string {
  const width = Math.max(...found.map(({ name }) => name.length));
  return found
    .flatMap(({ name, outcome, message, remedy }) => {
      const line = `${mark(outcome, style)} ${name.padEnd(width)}  ${message}`;
      return outcome === "pass" || remedy === undefined ? [line] : [line, `    try: ${remedy}`];
    })
    .join("\n");
}
