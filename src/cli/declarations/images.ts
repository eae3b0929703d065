/** The commands about images and what hangs on them. */
import { NAMED_KINDS } from "../../core/evidence.ts";
import type { ArgumentDeclaration, CommandDeclaration } from "../declaration.ts";
import { DIGEST_FROM, FROM, KEY_OPTIONS, OUTPUT, parseDuration, REFERENCE_FORMS } from "../options.ts";
import { TIMESTAMP_OPTIONS } from "../timestamp-options.ts";

const REFERENCES: ArgumentDeclaration = {
  name: "[ref...]",
  summary: REFERENCE_FORMS,
};

export const SIGN: CommandDeclaration = {
  name: "sign",
  summary: "sign an image; the signature is kept beside it",
  description:
    "Signs the image's digest and pushes the signature into the image's repository: with a certificate in a format of the Notary " +
    "Project, with a bare key as a Sigstore bundle, which cosign verifies. " +
    "Without a terminal a digest is wanted, because a tag can move between two commands.",
  arguments: [REFERENCES],
  options: [
    ...KEY_OPTIONS,
    {
      flags: "--format <format>",
      summary: "envelope (default notary-jws, of a key without a certificate sigstore-bundle); twice for two signatures",
      choices: ["notary-jws", "notary-cose", "sigstore-bundle"],
      repeatable: true,
    },
    { flags: "--expires <duration>", summary: "the signature says no longer than this: 90d, 12h", parse: parseDuration },
    ...TIMESTAMP_OPTIONS,
    { flags: "--annotation <name=value>", summary: "signed along with the image", repeatable: true },
    { flags: "--referrers <mode>", summary: "how the signature is listed (default auto)", choices: ["auto", "api", "tag"] },
    { flags: "--manifest-form <form>", summary: "legacy (default) is read by every notation", choices: ["legacy", "artifact"] },
    { flags: "--policy <file>", summary: "the policy that says which product the image is; it is signed along", kind: "file" },
    { flags: "--as <repository>", summary: "the repository that the policy is asked about, for a layout or archive" },
    DIGEST_FROM,
    { flags: "--unsafe-tag", summary: "sign whatever the tag names at this moment, without a terminal" },
    FROM,
    OUTPUT,
  ],
  examples: [
    "countersign sign registry.example/app@sha256:4d5e… --key payments-ci",
    "countersign sign registry.example/app --digest-from metadata.json --key key.pem --cert chain.pem --expires 90d",
    "countersign sign registry.example/app@sha256:4d5e… --key payments-ci --timestamp-url http://timestamp.example --timestamp-root tsa-root.pem",
  ],
  load: () => import("../commands/sign.ts"),
};

export const ATTEST: CommandDeclaration = {
  name: "attest",
  summary: "sign what a document says about an image: an SBOM, a scan, tests, provenance",
  description:
    "Reads a document, says what it is, and signs what it says about the image as an in-toto statement, which is kept beside the image " +
    "with its signature. Documents of scanners and test tools (Trivy, Grype, SARIF, JUnit …) become neutral ones that a policy can ask " +
    "about. A document that names another image is refused; one that names none is recorded as asserted.",
  arguments: [REFERENCES],
  options: [
    { flags: "--predicate <file>", summary: "the document; - for stdin", kind: "file" },
    {
      flags: "--run <command>",
      summary:
        "run this by sh, with the pinned reference in $IMAGE (added at the end if it is not there), and attest what it writes; " +
        "it has an hour, or what --timeout gives",
    },
    { flags: "--from-buildkit", summary: "sign the SBOMs and provenance that BuildKit has put into an index unsigned" },
    {
      flags: "--git <folder>",
      summary: "attest the commits that the image was built from: HEAD of this repository and its history",
      kind: "folder",
    },
    { flags: "--git-since <commit>", summary: "leave out this commit's history, as the policy does with since", repeatable: true },
    {
      flags: "--type <type>",
      summary: `what it must be: ${NAMED_KINDS.join(", ")}, or the URI of a predicate of your own`,
    },
    ...KEY_OPTIONS,
    {
      flags: "--format <format>",
      summary: "the signature's envelope (default notary-jws, of a key without a certificate sigstore-bundle)",
      choices: ["notary-jws", "notary-cose", "sigstore-bundle"],
    },
    ...TIMESTAMP_OPTIONS,
    { flags: "--annotation <name=value>", summary: "signed along with the statement", repeatable: true },
    { flags: "--referrers <mode>", summary: "how the statement is listed (default auto)", choices: ["auto", "api", "tag"] },
    { flags: "--policy <file>", summary: "the policy that says which product the image is; it is signed along", kind: "file" },
    { flags: "--as <repository>", summary: "the repository that the policy is asked about, for a layout or archive" },
    DIGEST_FROM,
    { flags: "--unsafe-tag", summary: "attest whatever the tag names at this moment, without a terminal" },
    FROM,
    OUTPUT,
  ],
  examples: [
    "countersign attest registry.example/app@sha256:4d5e… --predicate sbom.spdx.json --key payments-ci",
    "countersign attest registry.example/app@sha256:4d5e… --run 'trivy image --format json' --key scanner",
  ],
  load: () => import("../commands/attest.ts"),
};

export const VERIFY: CommandDeclaration = {
  name: "verify",
  summary: "say by policy whether an image may be used, and why",
  description:
    "Looks at every signature that hangs on the image and answers pass, deny or cannot tell. The policy comes from --policy, from " +
    "COUNTERSIGN_POLICY, from the configuration (verifier.yaml, policy.yaml), at a terminal from the project's countersign.yaml, or " +
    "from notation's trust policy; or, ad hoc, from --key, or from --trust-store and --trusted-identity.",
  arguments: [REFERENCES],
  options: [
    {
      flags: "--policy <policy>",
      summary: "the one that judges: FILE, FILE@sha256:…, oci://REF, or a name of verifier.yaml",
      kind: "file",
    },
    { flags: "--trust-store <type:name>", summary: "judge ad hoc: anchors of this store", repeatable: true, kind: "store" },
    {
      flags: "--trusted-identity <identity>",
      summary: 'judge ad hoc: "x509.subject: C=…, ST=…, O=…", or * for any signer of the stores',
      repeatable: true,
    },
    {
      flags: "--key <key>",
      summary:
        "judge ad hoc: signed by the owner of this public key, a PEM file, env://NAME or a name of the key ring; with --emit the key that signs",
      repeatable: true,
      kind: "key",
    },
    {
      flags: "--emit",
      summary: "sign the answer, unless it is unknown, as a SLSA verification summary with --key, and keep it beside the image",
    },
    { flags: "--cert <file>", summary: "with --emit: the certificate chain in PEM, leaf first, for a key that is a file", kind: "file" },
    ...TIMESTAMP_OPTIONS,
    { flags: "--gate <name>", summary: "which gate judges, where the policy has several for the repository" },
    { flags: "--enter", summary: "whether it may enter now, also where it has entered before and the question is whether it may stay" },
    { flags: "--as <repository>", summary: "the repository that the policy is asked about, for a layout or archive" },
    { flags: "--annotation <name=value>", summary: "the signature must carry this, signed", repeatable: true },
    {
      flags: "--manifests <path>",
      summary: "judge every image in Kubernetes, Compose or rendered Helm manifests: a folder, a file, or - for stdin",
      kind: "folder",
    },
    { flags: "--cluster <name>", summary: "which rows of the verifier's deploy table give the manifests' gates" },
    { flags: "--namespace <name>", summary: "where manifests that name no namespace are applied, for the deploy table" },
    {
      flags: "--unsafe-allow-unjudged",
      summary: "let manifests pass though they hold something that may run and could not be judged; it is still listed",
    },
    { flags: "--explain", summary: "every signature seen, and why it did or did not count" },
    FROM,
    { ...OUTPUT, summary: `${OUTPUT.summary}, ref for the pinned reference alone`, choices: ["text", "json", "jsonl", "ref"] },
  ],
  examples: [
    "countersign verify registry.example/app:1.4",
    "countersign verify registry.example/app:1.4 --trust-store ca:acme --trusted-identity 'x509.subject: C=US, ST=WA, O=Acme'",
    "countersign verify registry.example/app:1.4 --key cosign.pub",
    'docker pull "$(countersign verify registry.example/app:1.4 --gate prod --output ref)"',
    "countersign verify registry.example/app:1.4 --gate prod --emit --key verifier.key",
    "helm template . | countersign verify --manifests - --gate prod",
  ],
  load: () => import("../commands/verify.ts"),
};

export const TREE: CommandDeclaration = {
  name: "tree",
  summary: "show what hangs on an image",
  description:
    "Lists everything that refers to the image, level by level, and cosign's tags for it: signatures, statements (SBOM, scan, tests, " +
    "provenance …) and their signatures, and whatever else; of an index, each of its manifests too. It shows what manifests say; nothing is decoded, and no trust is decided. " +
    "In a registry without the referrers API that list is kept under the tag sha256-HEX, and tags sha256-HEX.cs-… beside it announce " +
    "single entries: both belong to it and are not images.",
  arguments: [REFERENCES],
  options: [FROM, OUTPUT],
  examples: ["countersign tree registry.example/app:1.4"],
  load: () => import("../commands/tree.ts"),
};

export const INSPECT: CommandDeclaration = {
  name: "inspect",
  summary: "show what is signed and stated about an image, claimed kept apart from proven",
  description:
    "Decodes every signature, and every statement (SBOM, scan, tests, provenance …) with its signatures, in whatever form it hangs on the " +
    "image. What a signature or statement merely says stands under `claimed`; under `proven` only what a signature's own bytes show. " +
    "No trust is decided: that is `countersign verify`.",
  arguments: [REFERENCES],
  options: [
    {
      flags: "--root <signature>",
      summary: "the last certificate of this signature's chain in PEM, to look at before it is trusted; the digest's first digits do",
    },
    { flags: "--out <file>", summary: "write it here; an existing file is left alone", kind: "file" },
    FROM,
    OUTPUT,
  ],
  examples: [
    "countersign inspect registry.example/app:1.4 --output json",
    "countersign inspect registry.example/app:1.4 --root 5903ab12 --out root.pem",
  ],
  load: () => import("../commands/inspect.ts"),
};
