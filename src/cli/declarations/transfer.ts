/** The commands that carry images and what hangs on them. */
import { NAMED_KINDS } from "../../core/evidence.ts";
import type { CommandDeclaration } from "../declaration.ts";
import { KEY_OPTIONS, ONE_OUTPUT, REFERENCE_FORMS } from "../options.ts";
import { TIMESTAMP_OPTIONS } from "../timestamp-options.ts";

export const COPY: CommandDeclaration = {
  name: "copy",
  summary: "copy an image with all that hangs on it",
  description:
    "Copies the image, the images of an index, and everything that refers to them: signatures, attestations, and what refers to those, " +
    "cosign's tags too. What is broken among them is left out and noted, and the answer is then exit 4: mend or remove it at the source, and copy again. What is at the destination is not sent again, so a copy that was interrupted is finished by the same command; it takes as long as it needs unless --timeout is given. " +
    "No trust decision is made: `countersign verify` does that, before or after.",
  arguments: [
    { name: "<source>", summary: REFERENCE_FORMS },
    { name: "<destination>", summary: "the same; without a tag it is the source's, or that of the only image there" },
  ],
  options: [
    { flags: "--as <repository>", summary: "what the image is called, for a layout or archive to carry: registry.example/app" },
    ONE_OUTPUT,
  ],
  examples: [
    "countersign copy staging.example/app:1.4 registry.example/app",
    "countersign copy registry.example/app:1.4 oci-archive:app.tar --as registry.example/app",
  ],
  load: () => import("../commands/copy.ts"),
};

export const PROMOTE: CommandDeclaration = {
  name: "promote",
  summary: "bring an image to its place for a gate that it passes, with all that speaks for it, and sign a record of that",
  description:
    "Judges the image where it is, by what the gate asks of the destination; copies it with what is signed by anybody whom the policy " +
    "knows, judges it again by what has arrived, signs the record, and moves the tag last. From then on `countersign verify` asks of it " +
    "whether it may stay, and judges its entry as of then. Also the way in for an image of somebody else: his signatures come along, and " +
    "the record says under which name it was found. What is there is not sent again; the same command finishes what was interrupted, " +
    "and does nothing where all is done. The key has to be of somebody whom roles.promoters in verifier.yaml names, and the policy " +
    "has to be signed or pinned.",
  arguments: [
    { name: "<source>", summary: REFERENCE_FORMS },
    {
      name: "<destination>",
      summary: "the product's place for the gate; without a tag it is the source's, or that of the only image there",
    },
  ],
  options: [
    { flags: "--gate <name>", summary: "the gate that the image is to pass" },
    { flags: "--all-referrers", summary: "take along whatever hangs on it, also what nobody has signed whom the policy knows" },
    ...KEY_OPTIONS,
    {
      flags: "--format <format>",
      summary: "the record's envelope (default notary-jws, of a key without a certificate sigstore-bundle)",
      choices: ["notary-jws", "notary-cose", "sigstore-bundle"],
    },
    ...TIMESTAMP_OPTIONS,
    { flags: "--referrers <mode>", summary: "how the record is listed (default auto)", choices: ["auto", "api", "tag"] },
    {
      flags: "--policy <policy>",
      summary: "the one that judges: FILE, FILE@sha256:…, oci://REF, or a name of verifier.yaml",
      kind: "file",
    },
    { flags: "--as <repository>", summary: "the repository of the policy that a layout or archive stands for, as the destination" },
    { flags: "--digest-from <file>", summary: "take the source's digest from what buildx, buildah or podman wrote", kind: "file" },
    { flags: "--unsafe-tag", summary: "promote whatever the source's tag names at this moment, without a terminal" },
    ONE_OUTPUT,
  ],
  examples: [
    "countersign promote test.example/app@sha256:4d5e… prod.example/app:1.4 --gate prod --key promoter",
    "countersign promote docker.io/vendor/base:1 registry.example/base/app:1 --gate base --key promoter --unsafe-tag",
    "countersign promote test.example/app@sha256:4d5e… oci-archive:app.tar:1.4 --as prod.example/app --gate prod --key promoter",
  ],
  load: () => import("../commands/promote.ts"),
};

export const DOWNLOAD: CommandDeclaration = {
  name: "download",
  summary: "the signatures of an image, or what is stated about it, as they are stored",
  description:
    "Writes byte for byte what the registry has: the envelopes of the image's signatures; or what is stated about it (signed or not), " +
    "which is a statement, a bundle or DSSE envelope that holds one, or a document as some tool has attached it. " +
    "One goes to stdout or into a file, several into a folder; a file that is there is never overwritten. " +
    "Where there is none, nothing was downloaded: exit 4, with the code store/not-found. " +
    "No trust decision is made: `countersign verify` does that.",
  arguments: [
    { name: "<ref>", summary: REFERENCE_FORMS },
    { name: "<what>", summary: "signature, attestation, or sbom" },
  ],
  options: [
    {
      flags: "--type <type>",
      summary: "of the attestations only those of this kind",
      choices: NAMED_KINDS,
    },
    { flags: "--predicate-type <uri>", summary: "of the attestations only those whose predicate is of this type" },
    {
      flags: "--dsse",
      summary: "of the attestations the plain DSSE envelope, as slsa-verifier and in-toto read it, without the bundle around it",
    },
    {
      flags: "--out <path>",
      summary:
        "a folder, with a file for each, named by digest and kind; or, if the name has an ending (sbom.json), the file for the only one",
      kind: "file",
    },
    { ...ONE_OUTPUT, summary: "text for people, json for one document; with --out" },
  ],
  examples: [
    "countersign download registry.example/app:1.4 signature > app.jws",
    "countersign download registry.example/app:1.4 signature --out signatures",
    "countersign download registry.example/app:1.4 sbom --out app.spdx.json",
    "countersign download registry.example/app:1.4 attestation --type scan --out scans",
    "countersign download registry.example/app:1.4 attestation --predicate-type https://slsa.dev/verification_summary/v1 --dsse --out vsa.json",
  ],
  load: () => import("../commands/download.ts"),
};
