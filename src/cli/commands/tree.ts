/** `tree`: what hangs on an image. */
import { showForeign } from "../../core/display.ts";
import type { ExitCode } from "../../core/errors.ts";
import { PREDICATE_TYPE } from "../../formats/attached/manifest.ts";
import { THUMBPRINT } from "../../formats/notary/manifest.ts";
import { BUNDLE_CONTENT, BUNDLE_PREDICATE_TYPE } from "../../formats/sigstore-bundle/manifest.ts";
import { KEPT_NAMES } from "../../promoting/kept-context.ts";
import { tree, type TreeManifest, type TreeNode, type TreeReport, type TreeTag } from "../../tree.ts";
import { answerReferences, plainList } from "../answer.ts";
import type { Call } from "../declaration.ts";
import { withSetup } from "../open-setup.ts";
import { collectReferences } from "../references.ts";
import { CARRIED, nameStatement } from "../render/statement.ts";
import type { Style } from "../render/style.ts";

export async function run(call: Call): Promise<ExitCode> {
  const references = await collectReferences(call);
  return withSetup(call, (opened) =>
    answerReferences(call, opened, {
      references,
      work: async (reference, signal) => tree(reference, { store: await opened.openStore(reference), budgetMs: opened.budgetMs, signal }),
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

function renderTree({ pinned, root, manifests = [], tags, notes }: TreeReport, style: Style): string {
  const lines = [
    style.bold(showForeign(pinned, 4096)),
    ...renderBranches(root.referrers, "", style),
    ...tags.flatMap((tag) => renderTag(tag, style)),
  ];
  if (lines.length === 1) lines.push(style.dim("  nothing hangs on it"));
  lines.push(...manifests.flatMap((manifest) => renderManifest(manifest, style)));
  return [...lines, ...notes.map((note) => `  ${style.unsure("note:")} ${note}`)].join("\n");
}

/** One of an index, and what hangs on it alone. */
function renderManifest({ platform, digest, referrers }: TreeManifest, style: Style): readonly string[] {
  return [
    `manifest ${platform ?? "for no platform that it names"}`,
    style.dim(`   ${digest}`),
    ...(referrers.length === 0 ? [style.dim("   nothing hangs on it")] : renderBranches(referrers, "", style)),
  ];
}

function renderBranches(nodes: readonly TreeNode[], indent: string, style: Style): readonly string[] {
  return nodes.flatMap((node, index) => {
    const isLast = index === nodes.length - 1;
    const deeper = `${indent}${isLast ? "   " : "│  "}`;
    const notes = Object.entries(node.annotations).filter(([name]) => !SAID.has(name));
    return [
      `${indent}${isLast ? "└─ " : "├─ "}${nameNode(node)}`,
      style.dim(`${deeper}   ${node.digest}`),
      ...notes.map(([name, value]) => style.dim(`${deeper}   ${name}=${value}`)),
      ...renderBranches(node.referrers, deeper, style),
    ];
  });
}

/** What these say is shown in words; the thumbprints of certificates are for programs. The JSON has them all. */
const SAID: ReadonlySet<string> = new Set([PREDICATE_TYPE, BUNDLE_PREDICATE_TYPE, BUNDLE_CONTENT, THUMBPRINT]);

function nameNode({ evidence, format, artifactType, mediaType, referrers }: TreeNode): string {
  if (evidence !== undefined) {
    const isBare = format === undefined && referrers.length === 0;
    return `${nameStatement(evidence.predicateType)}, ${CARRIED[evidence.carrier]}${isBare ? ", no signature" : ""}`;
  }
  return format === undefined ? (KEPT_NAMES.get(artifactType ?? "") ?? artifactType ?? mediaType) : `signature, ${format}`;
}

function renderTag({ tag, digest, attestations }: TreeTag, style: Style): readonly string[] {
  const what = attestations === undefined ? "cosign's older form, which this version does not judge" : "cosign's attestations";
  return [
    `tag ${tag}`,
    `   ${what}`,
    style.dim(`   ${digest}`),
    ...(attestations ?? []).flatMap((one, index, { length }) => {
      const isLast = index === length - 1;
      return [
        `${isLast ? "└─ " : "├─ "}${nameStatement(one.evidence.predicateType)}, signed with a ${one.signedBy}`,
        style.dim(`${isLast ? "   " : "│  "}   ${one.digest}`),
      ];
    }),
  ];
}
