/** The commands that carry images and what hangs on them. */
import { NAMED_KINDS } from "../../core/evidence.ts";
import type { CommandDeclaration } from "../declaration.ts";
import { ONE_OUTPUT, REFERENCE_FORMS } from "../options.ts";

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
