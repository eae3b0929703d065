/** What a policy will ask of an image, as a person reads it. */
import { showForeign } from "../../core/display.ts";
import type { ExplainedPolicy } from "../../setup/policy.ts";
import type { ExplainedGate, Explanation } from "../explanation.ts";
import { policyTitle } from "./policy.ts";
import type { Style } from "./style.ts";
import { counted } from "./text.ts";

const ANSWERS = { judged: "is judged", "not-listed": "is not listed", "gate-wanted": "needs --gate" } as const;

interface Around extends ExplainedPolicy {
  readonly style: Style;
}

export function renderExplanation(explanation: Explanation, { file, how, passedOver, style }: Around): string {
  const { reference, answer, message, remedy, product, place, gates, signers, mustName, trustStores, choices, nearest, command } =
    explanation;
  const lines = [
    `${style.bold(show(reference))}   ${answer === "judged" ? ANSWERS[answer] : style.unsure(ANSWERS[answer])}`,
    `  policy    ${show(file.place.text)}  ${policyTitle(file.policy)}`,
    `            ${style.dim(show(how))}`,
    ...passedOver.map((other) => `            ${style.dim(`not ${show(other)}`)}`),
    ...file.policy.warnings.map((warning) => `            ${style.unsure("warning:")} ${show(warning)}`),
  ];
  if (place !== undefined) {
    const values = Object.entries(place.variables).map(([name, value]) => `${name} = ${value}`);
    const filled = values.length === 0 ? "" : `   ${style.dim(`${show(place.product)} with ${show(values.join(", "))}`)}`;
    lines.push(
      `  product   ${show(product ?? place.product)}${filled}`,
      `  place     ${show(explanation.repository)} of gate ${show(place.gates.join(", "))}`,
    );
  }
  if (message !== undefined) lines.push(`  ${style.unsure("why:")}      ${show(message)}`);
  for (const gate of gates) lines.push(...renderGate(gate, style));
  for (const sentence of explanation.exceptions) lines.push(`  except    ${show(sentence)}`);
  for (const { name, kind, knownAs } of signers) lines.push(`  ${kind.padEnd(9)} ${show(name)} is ${show(knownAs.join(", or "))}`);
  if (mustName.length > 0)
    lines.push(
      `            ${style.dim(`what ${show(mustName.join(" or "))} signs must name the product ${show(product ?? "")}, as sign does`)}`,
    );
  for (const { store, certificates, problem } of trustStores) {
    lines.push(
      `  trust     ${problem === undefined ? `${show(store)} holds ${counted(certificates, "certificate")}` : style.bad(show(problem))}`,
    );
  }
  if (nearest !== undefined) lines.push(`  nearest   ${show(nearest)}`);
  if (answer === "not-listed" && choices.length > 0) {
    const shown = choices.slice(0, 10).map((choice) => `            ${show(choice)}`);
    lines.push("  places", ...shown, ...(choices.length > shown.length ? [`            and ${choices.length - shown.length} more`] : []));
  }
  const missing = trustStores.find((store) => store.remedy !== undefined)?.remedy;
  const next = missing ?? command ?? remedy;
  if (next !== undefined && next !== "") lines.push(`  ${missing === undefined && command !== undefined ? "next" : "try"}: ${show(next)}`);
  return lines.join("\n");
}

function show(text: string): string {
  return showForeign(text, 4096);
}

function renderGate({ name, asks, relaxed }: ExplainedGate, style: Style): string[] {
  const [first = "nothing of its own", ...others] = asks;
  const checksWith = (asked: "log" | "skip"): string =>
    Object.entries(relaxed)
      .filter(([, action]) => action === asked)
      .map(([check]) => check)
      .join(", ");
  const [logged, skipped] = [checksWith("log"), checksWith("skip")];
  const weak = [...(logged === "" ? [] : [`only logged: ${logged}`]), ...(skipped === "" ? [] : [`not checked: ${skipped}`])];
  return [
    `  gate      ${style.bold(showForeign(name))} asks for ${showForeign(first, 4096)}`,
    ...others.map((ask) => `            and ${showForeign(ask, 4096)}`),
    ...(weak.length === 0 ? [] : [`            ${style.unsure("note:")} ${showForeign(weak.join("; "), 1000)}`]),
  ];
}
