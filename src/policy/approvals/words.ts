/** What people have said at a gate, as verdicts show it: each word, and why it does not count. */
import { showForeign } from "../../core/display.ts";
import { formatNames } from "./names.ts";
import type { ApprovalRequirement } from "../../core/requirement.ts";
import type { Word } from "../../core/verdict.ts";
import { type Because, because, told } from "./because.ts";
import { supersededBySure } from "./open-sayings.ts";
import type { Saying } from "./sayings.ts";
import type { SaidAtGate, Standing } from "./standing.ts";
import { endOfApproval } from "./weigh-approval.ts";

export function wordsOf(
  sayings: readonly Saying[],
  given: { readonly said: SaidAtGate; readonly standing: Standing; readonly requirement: ApprovalRequirement },
): readonly Word[] {
  const inOrder = sayings.toSorted((a, b) => a.at.getTime() - b.at.getTime());
  const around = { ...given, here: new Set(given.said.here), isReplaced: supersededBySure(given.said.here) };
  return inOrder.map((saying) => {
    const { content, person, statement, at } = saying;
    const why = whyNot(saying, around);
    const counts = why.length === 0;
    const { decision, reason, ticket, overrules } = content;
    return {
      statement,
      person,
      decision,
      at: at.toISOString(),
      ...(counts && decision === "approved" ? { until: endOfApproval(saying, given.requirement).toISOString() } : {}),
      counts,
      ...(counts ? {} : { because: why.map(told) }),
      ...(overrules.length === 0 ? {} : { overrules }),
      ...(reason === undefined ? {} : { reason: showForeign(reason, 4096) }),
      ...(ticket === undefined ? {} : { ticket: showForeign(ticket, 4096) }),
    };
  });
}

type Around = Parameters<typeof wordsOf>[1] & { readonly here: ReadonlySet<Saying>; readonly isReplaced: (saying: Saying) => boolean };

function whyNot(saying: Saying, { said, standing, here, isReplaced }: Around): readonly Because[] {
  const { content, person, certainty } = saying;
  const weighed = said.weighed.get(saying) ?? [];
  if (!here.has(saying) || certainty !== "sure") return weighed.length > 0 ? weighed : saying.because;
  if (isReplaced(saying)) return [because("approvals/superseded", `${person} has replaced it by a later word`)];
  if (content.decision === "rejected") return whyNotRejected(saying, standing);
  if (content.decision === "withdrawn") return [];
  const stricter = [...standing.open.rejected, ...standing.open.withdrawn].find((one) => one.person === person);
  if (stricter !== undefined) return [because(codeOf(stricter), `${person} has also ${didOf(stricter)} it, and the strictest word stands`)];
  if (weighed.length > 0) return weighed;
  if (standing.counted.get(person) === saying) return [];
  const other = [...standing.counted.values()].find((one) => one.keys.some((key) => saying.keys.includes(key)));
  if (standing.counted.has(person)) return [because("approvals/superseded", `another word of ${person} counts`)];
  return [because("approvals/same-key", `it is signed with the key of ${other?.person ?? "another"} too, and one key is one person`)];
}

function whyNotRejected(rejection: Saying, { rejections, overruled }: Standing): readonly Because[] {
  if (!rejections.includes(rejection))
    return [because("approvals/not-asked", `${rejection.person} was not asked here when rejecting it, nor is now`)];
  const by = overruled.get(rejection);
  return by === undefined ? [] : [because("approvals/overruled", `${formatNames(by.map(({ person }) => person))} have overruled it`)];
}

function codeOf({ content }: Saying): "approvals/rejected" | "approvals/withdrawn" {
  return content.decision === "rejected" ? "approvals/rejected" : "approvals/withdrawn";
}

function didOf({ content }: Saying): string {
  return content.decision === "rejected" ? "rejected" : "withdrawn";
}
