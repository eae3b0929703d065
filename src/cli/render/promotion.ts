/** A promotion as people read it. */
import { showForeign } from "../../core/display.ts";
import { quoteWord } from "../../core/shell.ts";
import type { PromotionReport } from "../../promoting/promotion-report.ts";
import type { Call } from "../declaration.ts";
import { repeatConfig } from "./remedy.ts";
import { mark, type Style } from "./style.ts";
import { counted, formatBytes, shortDigest } from "./text.ts";

export function renderPromotion(
  report: PromotionReport,
  { as, call, style }: { readonly as: string | undefined; readonly call: Call; readonly style: Style },
): string {
  const { outcome, destination, tag, product, gate, record, replaced, isRollback, copied, leftBehind, notes, relaxations } = report;
  const tagged = tag === undefined ? "" : style.dim(`  tag ${tag}`);
  const what = outcome === "held" ? "is there" : "promoted";
  const lines = [
    `${mark("pass", style)} ${what}  ${style.bold(showForeign(destination, 4096))}${tagged}`,
    `  ${showForeign(product)} at gate ${showForeign(gate)}, record ${shortDigest(record)}`,
  ];
  if (copied !== undefined) {
    const { blobs, manifests } = copied;
    const sent = blobs.copied.bytes + manifests.copied.bytes;
    const parts = [`${counted(blobs.copied.count + manifests.copied.count, "part")} sent (${formatBytes(sent)})`];
    if (blobs.mounted.count > 0) parts.push(`${blobs.mounted.count} mounted (${formatBytes(blobs.mounted.bytes)})`);
    const held = blobs.held.count + manifests.held.count;
    if (held > 0) parts.push(`${held} held already`);
    lines.push(`  ${parts.join(", ")}, with ${counted(copied.referrers, "referrer")}`);
  }
  if (replaced !== undefined) lines.push(`  took the place of ${shortDigest(replaced.image)}`);
  if (isRollback) lines.push(`  ${style.unsure("goes back:")} this image had been replaced here before`);
  if (leftBehind > 0)
    lines.push(
      `  ${style.unsure("note:")} ${counted(leftBehind, "thing")} that nobody has signed whom the policy knows ${leftBehind === 1 ? "was" : "were"} left behind (--all-referrers takes all)`,
    );
  for (const relaxation of relaxations) lines.push(`  ${style.unsure("relaxed:")} ${showForeign(relaxation, 1000)}`);
  for (const note of notes) lines.push(`  ${style.unsure("note:")} ${showForeign(note, 1000)}`);
  const name = as === undefined ? "" : ` --as ${quoteWord(as)}`;
  lines.push(style.dim(`  ${repeatConfig(`countersign verify ${quoteWord(destination)} --gate ${quoteWord(gate)}${name}`, call.known)}`));
  return lines.join("\n");
}
