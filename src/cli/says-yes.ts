/** The questions that only the whole word `yes` answers: what is agreed to is signed, trusted or sent, and a slip is not. */
import type { Io } from "./io.ts";

/** Whether somebody at the terminal agreed. */
export async function saysYes(ask: NonNullable<Io["ask"]>, question: string): Promise<boolean> {
  const answer = await ask(`${question} Type yes`);
  return answer?.trim().toLowerCase() === "yes";
}
