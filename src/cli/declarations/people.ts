/** The commands by which people say yes or no to an image, and by which it is told what was said. */
import type { CommandDeclaration, OptionDeclaration } from "../declaration.ts";
import { DIGEST_FROM, FROM, KEY_OPTIONS, ONE_OUTPUT, OUTPUT, parseDuration, REFERENCE_FORMS } from "../options.ts";
import { TIMESTAMP_OPTIONS } from "../timestamp-options.ts";

/** How the word of a person is signed, by which policy, and where it goes. */
const WORD_OPTIONS: readonly OptionDeclaration[] = [
  ...KEY_OPTIONS,
  {
    flags: "--format <format>",
    summary: "the signature's envelope (default notary-jws, of a key without a certificate sigstore-bundle)",
    choices: ["notary-jws", "notary-cose", "sigstore-bundle"],
  },
  ...TIMESTAMP_OPTIONS,
  { flags: "--out <file>", summary: "sign without pushing; `countersign attach` brings the file to its place", kind: "file" },
  { flags: "--referrers <mode>", summary: "how the statement is listed (default auto)", choices: ["auto", "api", "tag"] },
  {
    flags: "--policy <policy>",
    summary: "the one that judges: FILE, FILE@sha256:…, oci://REF, or a name of verifier.yaml",
    kind: "file",
  },
  { flags: "--as <repository>", summary: "the repository that the policy is asked about, for a layout or archive" },
  DIGEST_FROM,
];

export const APPROVE: CommandDeclaration = {
  name: "approve",
  summary: "sign that you approve an image at a gate, or that you do not",
  description:
    "Shows how the gate's needs stand and what has changed since you, or the image that entered last, and asks; then your word is signed " +
    "and kept beside the image. It is refused where the needs are not met, where the gate does not ask you, and where the policy is " +
    "neither signed nor pinned: such a word would count for nothing. A rejection holds, whoever else approves, until you take it back " +
    "or enough others overrule it.",
  arguments: [{ name: "[ref...]", summary: REFERENCE_FORMS }],
  options: [
    { flags: "--gate <name>", summary: "the gate at which you speak" },
    { flags: "--reject", summary: "say no: it holds for as long as you do not take it back, also when you have left" },
    { flags: "--withdraw", summary: "take back what you said: you neither approve nor reject" },
    {
      flags: "--overrule <digest>",
      summary: "approve, and lift this rejection by another; it takes one person more than the gate asks for",
      repeatable: true,
    },
    { flags: "--disown <commit>", summary: "say that you did not write this commit, although its text names you; it approves nothing" },
    {
      flags: "--afterwards <digest>",
      summary: "approve that the glass was broken, after it was: the digest is what `except --break-glass` told",
    },
    { flags: "--despite", summary: "approve although the needs are not met: it counts once they are" },
    { flags: "--reason <text>", summary: "signed along: why; wanted with --reject, --overrule and --despite" },
    { flags: "--ticket <text>", summary: "signed along: where it was talked about" },
    { flags: "--expires <duration>", summary: "the approval lapses then, if the policy lets it hold longer: 12h", parse: parseDuration },
    { flags: "--since <ref>", summary: "the image that entered the gate last (default: the one with the same tag at the gate's place)" },
    ...WORD_OPTIONS,
    { flags: "--unsafe-tag", summary: "approve whatever the tag names at this moment, without a terminal" },
    { flags: "--yes", summary: "do not ask" },
    { flags: "--pending", summary: "sign nothing: list what waits for you, in the repositories given or those of the policy's products" },
    { flags: "--as-person <name>", summary: "with --pending: for whom, by the policy's name, without a key" },
    FROM,
    OUTPUT,
  ],
  examples: [
    "countersign approve --pending --key finn",
    "countersign approve registry.example/app:1.4 --gate prod --key finn",
    "countersign approve registry.example/app@sha256:4d5e… --gate prod --key finn --ticket SHOP-41 --yes",
    "countersign approve registry.example/app@sha256:4d5e… --gate prod --key finn --reject --reason 'the migration is not tested' --yes",
    "countersign approve registry.example/app@sha256:4d5e… --gate prod --key finn --yes --out finn.json",
  ],
  load: () => import("../commands/approve.ts"),
};

export const EXCEPT: CommandDeclaration = {
  name: "except",
  summary: "sign an exception: leave to miss a requirement at a gate, for one image and for a time",
  description:
    "Signs that the image may pass a gate without a requirement that the policy lets you except, and keeps that beside the image. From a " +
    "scan or an SBOM it excuses one finding in one package. In an emergency --break-glass waives what the policy lists for that, and " +
    "somebody else must approve it afterwards. Every verdict that rests on one says so: who, until when, and why. It is refused where " +
    "the policy would not count it, and where the policy is neither signed nor pinned.",
  arguments: [{ name: "[ref...]", summary: REFERENCE_FORMS }],
  options: [
    { flags: "--gate <name>", summary: "the gate that asks for it: this one itself, and not one before it" },
    {
      flags: "--for <requirement>",
      summary:
        "what may be missed, as the policy calls it: scan, sbom, test, approvals …; with --break-glass all that it waives, unless told",
      repeatable: true,
    },
    { flags: "--advisory <id>", summary: "of a scan: the one flaw that is excused: CVE-2026-1234" },
    { flags: "--purl <purl>", summary: "of a scan or SBOM: the one package that it is excused in: pkg:npm/left-pad@1.3.0" },
    { flags: "--reason <text>", summary: "signed along: why" },
    { flags: "--ticket <text>", summary: "signed along: where it was talked about" },
    {
      flags: "--expires <duration>",
      summary: "how long it holds: 7d; with --break-glass as long as the policy lets it, unless told",
      parse: parseDuration,
    },
    { flags: "--break-glass", summary: "an emergency: by those whom the policy names for it, once in 30 days each" },
    ...WORD_OPTIONS,
    { flags: "--unsafe-tag", summary: "except whatever the tag names at this moment, without a terminal" },
    { flags: "--yes", summary: "do not ask" },
    FROM,
    OUTPUT,
  ],
  examples: [
    "countersign except registry.example/app@sha256:4d5e… --gate security --for scan --advisory CVE-2026-1234 --purl pkg:npm/left-pad@1.3.0 --expires 7d --reason 'not reachable, see ticket' --ticket SEC-12 --key ana --yes",
    "countersign except registry.example/app@sha256:4d5e… --gate qa --for test --expires 24h --reason 'the test lab is down' --key ana --yes",
    "countersign except registry.example/app@sha256:4d5e… --gate prod --break-glass --reason 'outage, the fix cannot wait' --key oncall --yes",
  ],
  load: () => import("../commands/except.ts"),
};

export const ATTACH: CommandDeclaration = {
  name: "attach",
  summary: "bring signed files that somebody else has made to their image",
  description:
    "Pushes what `countersign approve --out` (or another tool) has written: Sigstore bundles, and OCI archives of signed statements. Each " +
    "file is checked first: that it is whole, signed, and about this image. Who has signed it decides nothing here: that is `countersign " +
    "verify`. What hangs there already is left alone, so that the command can be given again.",
  arguments: [
    { name: "<ref>", summary: REFERENCE_FORMS },
    { name: "<file...>", summary: "bundles and OCI archives", kind: "file" },
  ],
  options: [{ flags: "--referrers <mode>", summary: "how it is listed (default auto)", choices: ["auto", "api", "tag"] }, ONE_OUTPUT],
  examples: ["countersign attach registry.example/app@sha256:4d5e… finn.json ana.tar"],
  load: () => import("../commands/attach.ts"),
};

export const HISTORY: CommandDeclaration = {
  name: "history",
  summary: "tell who did what to an image, when, and by which proof",
  description:
    "Reads every signature and statement that hangs on the image, and tells them in the order of time: by whom, as the policy knows them, " +
    "and whether a timestamp proves the time or only the signer says it. The gates stand as a line before it, and exceptions that have not " +
    "lapsed after it. --bundle writes all that it takes to judge the image again without a network.",
  arguments: [{ name: "[ref...]", summary: REFERENCE_FORMS }],
  options: [
    { flags: "--gate <name>", summary: "the gates up to this one (default: those that the image's place is for)" },
    {
      flags: "--bundle <file>",
      summary: "write an OCI archive with manifests, configurations and all that refers to them, without layers",
      kind: "file",
    },
    {
      flags: "--policy <policy>",
      summary: "the one that judges: FILE, FILE@sha256:…, oci://REF, or a name of verifier.yaml",
      kind: "file",
    },
    { flags: "--as <repository>", summary: "the repository that the policy is asked about, for a layout or archive" },
    FROM,
    OUTPUT,
  ],
  examples: [
    "countersign history registry.example/app:1.4",
    "countersign history registry.example/app:1.4 --bundle app-1.4.tar",
    "countersign verify oci-archive:app-1.4.tar --as registry.example/app --offline",
  ],
  load: () => import("../commands/history.ts"),
};
