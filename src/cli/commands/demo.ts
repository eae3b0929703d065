/** `demo`: the whole story on registries of its own, every step the real command, every outcome checked. */
import { join } from "node:path";
import type { Digest } from "../../core/digest.ts";
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { encodePem } from "../../encoding/pem.ts";
import { formatReference, parseReference } from "../../core/reference.ts";
import { createCommitter, writeRepository } from "../../testing/git-repository.ts";
import { codesIn } from "../demo/answer-codes.ts";
import { DEMO_VERIFIER, demoPolicy, provenanceDocument, sbomDocument, scanReport, vexDocument } from "../demo/documents.ts";
import { Stage, ownFiles } from "../demo/stage.ts";
import { type Scene, type Step, tellStory } from "../demo/story.ts";
import { print } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { quoteWord } from "../../core/shell.ts";
import { styleFor } from "../render/style.ts";
import type { Call } from "../declaration.ts";

export async function run(call: Call): Promise<ExitCode> {
  const { io, values } = call;
  const keep = values.flag("keep");
  const stage = await Stage.open(io.env);
  try {
    const { public: open, build, test, prod } = stage.places;
    print(
      io,
      `Four registries of the demo's own run on this machine: public ${open}, build ${build}, test ${test}, production ${prod}.\n` +
        `Everything is in ${stage.folder}${keep ? "" : ", removed at the end (--keep leaves it)"}.`,
    );
    const steps = tellStory(await setTheScene(call, stage));
    for (const [index, step] of steps.entries()) await play(step, { call, stage, number: `${index + 1}/${steps.length}` });
    print(io, `\nAll ${steps.length} steps ended as they should.\n\n${byHand()}`);
    if (keep) print(io, `\nThe files are kept in ${stage.folder}.`);
    return 0;
  } finally {
    await stage.close({ keep });
  }
}

async function setTheScene(call: Call, stage: Stage): Promise<Scene> {
  const { places } = stage;
  const base = await pushBase(call, stage);
  const on = { store: await stage.store(`${places.public}/vendor/runtime`), digest: base };
  const { digest: image } = await stage.push(`${places.build}/apps/countersign`, { files: await ownFiles(), on });
  const eva = createCommitter("Eva", "eva@demo.example");
  const repository = join(stage.folder, "source");
  const commit = await writeRepository(repository, eva, "Answer faster");
  const at = new Date();
  const about = { repository: `${places.build}/apps/countersign`, digest: image, at };
  const built = { commit, base: { repository: `${places.build}/base/runtime`, digest: base }, at };
  await stage.configure("verifier.yaml", DEMO_VERIFIER);
  return {
    places,
    base,
    image,
    timestampUrl: stage.authority.url,
    files: {
      policy: await stage.configure("policy.yaml", demoPolicy({ places, eva })),
      timeRoot: await stage.configure("tsa-root.pem", encodePem("CERTIFICATE", stage.authority.root)),
      sbom: await stage.configure("sbom.json", sbomDocument(about)),
      provenance: await stage.configure("provenance.json", provenanceDocument(built)),
      scan: await stage.configure("scan.json", scanReport(about)),
      vex: await stage.configure("vex.json", vexDocument(about)),
      repository,
    },
    tamper: () => stage.tamper(image),
    mend: () => stage.mend(),
    moveTag: async () => {
      await stage.push(`${places.prod}/apps/countersign`, { files: [{ path: "app", bytes: new TextEncoder().encode("another program") }] });
    },
  };
}

/** The vendor's image, on which ours is built: one of the user's choice, else a small one. */
async function pushBase(call: Call, stage: Stage): Promise<Digest> {
  const wanted = call.values.text("image");
  const repository = `${stage.places.public}/vendor/runtime`;
  if (wanted === undefined) {
    const files = [{ path: "etc/os-release", bytes: new TextEncoder().encode("ID=demo\n") }];
    return (await stage.push(repository, { files })).digest;
  }
  const reference = parseReference(wanted);
  let digest: Digest | undefined;
  await withSetup(call, async (opened) => {
    ({ digest } = await stage.pushCopy(repository, { store: await opened.openStore(reference), reference }));
    return 0;
  });
  if (digest === undefined) throw new TypeError("the image was not copied");
  print(call.io, `${formatReference(reference)} is copied there as the vendor's base; your own registry is only read.`);
  return digest;
}

async function play(
  step: Step,
  { call, stage, number }: { readonly call: Call; readonly stage: Stage; readonly number: string },
): Promise<void> {
  const { io } = call;
  const style = styleFor(io, io.stdout);
  print(io, `\n${style.bold(`${number}  ${step.title}`)}`);
  if (step.why !== undefined) print(io, style.dim(step.why));
  await step.before?.();
  print(io, `$ countersign ${step.command.map(quoteWord).join(" ")}`);
  const ran = await stage.run(step.command);
  print(io, ran.text);
  if (ran.exit !== step.exit) throw failed(step, `exit code ${ran.exit}, not ${step.exit}`);
  if (step.code !== undefined) {
    const asked = await stage.run([...step.command, "--output", "json"]);
    if (asked.exit !== step.exit || !codesIn(JSON.parse(asked.stdout)).includes(step.code)) throw failed(step, `no finding ${step.code}`);
  }
  print(io, style.dim(`exit ${ran.exit}${step.code === undefined ? "" : `, ${step.code}`}: as it should be`));
}

function failed(step: Step, state: string): CountersignError {
  return new CountersignError("job/internal", `Cannot go on with the demo at "${step.title}": ${state}`);
}

function byHand(): string {
  return `The same by hand, on an image of your own (bin/countersign, or countersign where it is installed):

  countersign cert test ci --trust
  countersign sign REGISTRY/REPOSITORY@sha256:… --key ci
  countersign policy init REGISTRY/REPOSITORY
  countersign verify REGISTRY/REPOSITORY:TAG

A notation trust policy does as well: countersign policy import trustpolicy.json.

Without a registry: an OCI layout folder, written oci:DIR:TAG, does as well.`;
}
