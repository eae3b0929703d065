/** `tree`: what hangs on an image. */
import { showForeign } from "../../core/display.ts";
import type { ExitCode } from "../../core/errors.ts";
import { tree, type TreeNode, type TreeReport } from "../../tree.ts";
import { answerReferences, plainList } from "../answer.ts";
import { withSetup } from "../open-setup.ts";
import type { Style } from "../render/style.ts";
import { collectReferences } from "../references.ts";
import type { Call } from "../declaration.ts";

export async function run(call: Call): Promise<ExitCode> {
  const references = await collectReferences(call);
  return withSetup(call, (opened) =>
    answerReferences(call, opened, {
      references,
      work: async (reference, signal) => tree(reference, { store: await opened.openStore(reference), signal }),
      presenter: {
        document: (report) => report,
        text: renderTree,
        // An incomplete list was asked for as a whole, so this could not be found out.
        exit: ({ complete }) => (complete ? 0 : 4),
        list: plainList("TreeList"),
      },
    }),
  );
}

function renderTree(report: TreeReport, style: Style): string {
  const { referrers } = report.root;
  const lines = [style.bold(showForeign(report.pinned, 4096)), ...renderBranches(referrers, "", style)];
  for (const { tag, digest } of report.tags) lines.push(`tag ${tag}, of cosign's: not judged by this version  ${style.dim(digest)}`);
  if (referrers.length + report.tags.length === 0) lines.push(style.dim("  nothing hangs on it"));
  return [...lines, ...report.notes.map((note) => `  ${style.unsure("note:")} ${note}`)].join("\n");
}

function renderBranches(nodes: readonly TreeNode[], indent: string, style: Style): readonly string[] {
  return nodes.flatMap((node, index) => {
    const isLast = index === nodes.length - 1;
    const deeper = `${indent}${isLast ? "   " : "│  "}`;
    const kind = [node.artifactType ?? node.mediaType, node.format ?? []].flat().join("  ");
    return [
      `${indent}${isLast ? "└─ " : "├─ "}${kind}  ${style.dim(node.digest)}`,
      ...Object.entries(node.annotations).map(([name, value]) => style.dim(`${deeper}   ${name}=${shortenHex(value)}`)),
      ...renderBranches(node.referrers, deeper, style),
    ];
  });
}

/** Digests in annotations, such as certificates' thumbprints, are for programs; the whole ones stand in the JSON. */
function shortenHex(text: string): string {
  return text.replace(/[0-9a-f]{64,}/g, (hex) => `${hex.slice(0, 12)}…`);
}
