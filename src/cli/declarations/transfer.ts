/** The commands that carry images and what hangs on them. */
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
  summary: "the signatures of an image, as they are stored",
  description:
    "Writes the envelopes byte for byte as the registry has them: to stdout where there is one, or each into a file. " +
    "Where there is none, nothing was downloaded: exit 4, with the code store/not-found. " +
    "No trust decision is made: `countersign verify` does that.",
  arguments: [
    { name: "<ref>", summary: REFERENCE_FORMS },
    { name: "<what>", summary: "signature; this version has no other" },
  ],
  options: [
    { flags: "--out <dir>", summary: "a file for each, named for the signature's digest and format", kind: "folder" },
    { ...ONE_OUTPUT, summary: "text for people, json for one document; with --out" },
  ],
  examples: [
    "countersign download registry.example/app:1.4 signature > app.jws",
    "countersign download registry.example/app:1.4 signature --out signatures",
  ],
  load: () => import("../commands/download.ts"),
};
