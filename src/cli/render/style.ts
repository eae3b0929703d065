/** Colour and marks for people; plain text wherever nobody looks. */
import { styleText } from "node:util";
import type { Answer } from "../../core/verdict.ts";
import type { Outcome } from "../../core/finding.ts";
import type { Io, Output } from "../io.ts";

export interface Style {
  good(text: string): string;
  bad(text: string): string;
  unsure(text: string): string;
  dim(text: string): string;
  bold(text: string): string;
}

type Format = Parameters<typeof styleText>[0];

/** Colour only where `output` is a terminal and NO_COLOR is unset or empty. Source: no-color.org. */
export function styleFor(io: Io, output: Output): Style {
  const colour = output.isTTY === true && (io.env["NO_COLOR"] ?? "") === "" && io.env["TERM"] !== "dumb";
  const paint =
    (format: Format) =>
    (text: string): string =>
      colour ? styleText(format, text, { validateStream: false }) : text;
  return { good: paint("green"), bad: paint("red"), unsure: paint("yellow"), dim: paint("dim"), bold: paint("bold") };
}

/** ✓ ✗ ? in the colour of the answer; – for what was not asked. */
export function mark(outcome: Answer | Outcome, style: Style): string {
  if (outcome === "pass") return style.good("✓");
  if (outcome === "deny" || outcome === "fail") return style.bad("✗");
  return outcome === "unknown" ? style.unsure("?") : style.dim("–");
}
