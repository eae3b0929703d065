/** `demo`: the whole story on a registry of its own, every step the real command, every outcome checked. */
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { encodePem } from "../../encoding/pem.ts";
import { formatReference, parseReference } from "../../core/reference.ts";
import { Stage, ownFiles } from "../demo/stage.ts";
import { codesOf, DEMO_VERIFIER, demoPolicy, scanReport, type Step, vexDocument } from "../demo/story.ts";
import { print } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { quoteWord } from "../../core/shell.ts";
import { styleFor } from "../render/style.ts";
import type { Call } from "../declaration.ts";

const IMAGE = "build/countersign:1.0";
const CI = "C=US, ST=WA, L=Seattle, O=Countersign Demo, CN=ci";
const ANA = "C=US, ST=WA, L=Seattle, O=Countersign Demo, CN=Ana";

export async function run(call: Call): Promise<ExitCode> {
  const { io, values } = call;
  const keep = values.flag("keep");
  const stage = await Stage.open(io.env);
  try {
    print(
      io,
      `A registry of the demo's own runs at ${stage.registry.host}; everything is in ${stage.folder}${keep ? "" : ", removed at the end (--keep leaves it)"}.`,
    );
    const image = await pushTheImage(call, stage);
    const steps = await tellStory(stage, image);
    for (const [index, step] of steps.entries()) await play(step, { call, stage, number: `${index + 1}/${steps.length}` });
    print(io, `\nAll ${steps.length} steps ended as they should.\n\n${byHand()}`);
    if (keep) print(io, `\nThe files are kept in ${stage.folder}.`);
    return 0;
  } finally {
    await stage.close({ keep });
  }
}

async function pushTheImage(call: Call, stage: Stage): Promise<string> {
  const wanted = call.values.text("image");
  if (wanted === undefined) {
    const { digest } = await stage.push(IMAGE, await ownFiles());
    print(call.io, `Countersign itself is packed as an image and pushed as ${IMAGE}.`);
    return digest;
  }
  const reference = parseReference(wanted);
  let digest = "";
  await withSetup(call, async (opened) => {
    ({ digest } = await stage.pushCopy(IMAGE, { store: await opened.openStore(reference), reference }));
    return 0;
  });
  print(call.io, `${formatReference(reference)} is copied there as ${IMAGE}; your own registry is only read.`);
  return digest;
}

async function tellStory(stage: Stage, digest: string): Promise<readonly Step[]> {
  const { host } = stage.registry;
  const repository = `${host}/build/countersign`;
  const pinned = `${repository}@${digest}`;
  const production = `${host}/prod/countersign`;
  const produced = `${production}@${digest}`;
  const policy = await stage.configure("policy.yaml", demoPolicy(host));
  await stage.configure("verifier.yaml", DEMO_VERIFIER);
  const timeRoot = await stage.configure("tsa-root.pem", encodePem("CERTIFICATE", stage.authority.root));
  const at = new Date();
  const scan = await stage.configure("scan.json", scanReport({ repository: production, digest, at }));
  const vex = await stage.configure("vex.json", vexDocument({ digest, at }));
  const other = await stage.push("build/other:1.0", [{ path: "app", bytes: new TextEncoder().encode("another program") }]);
  const stranger = await stage.push("build/stranger:1.0", [{ path: "app", bytes: new TextEncoder().encode("a stranger's program") }]);
  return [
    {
      title: "Make a test authority and a signer for the pipeline, and trust that authority",
      why: "In production the key is in a vault and the certificate comes from your own authority.",
      command: ["cert", "test", "ci", "--subject", CI, "--trust"],
      exit: 0,
    },
    { title: "The same for Ana, who lets images into production", command: ["cert", "test", "ana", "--subject", ANA, "--trust"], exit: 0 },
    {
      title: "Say who may sign what, and where",
      why: "One policy for every place: what the pipeline has signed is in build, and what Ana has signed as well may be in prod.",
      command: ["policy", "check", policy],
      exit: 0,
    },
    {
      title: "Say whose word about time is believed: a timestamp authority, which the demo runs as well",
      command: ["trust", "add", "tsa:demo", timeRoot],
      exit: 0,
    },
    {
      title: "Sign the image, and have the signature stamped",
      why: "By digest, because a tag can move between two commands. The signature is kept in the registry, beside the image; the timestamp shows when it was made, also when the certificate has run out.",
      command: ["sign", pinned, "--key", "ci", "--timestamp-url", stage.authority.url],
      exit: 0,
    },
    { title: "Verify it", command: ["verify", `${repository}:1.0`], exit: 0, code: "time/timestamped" },
    {
      title: "Denied: an image that nobody signed",
      command: ["verify", `${host}/build/other@${other.digest}`],
      exit: 1,
      code: "signature/none",
    },
    {
      title: "Denied: the registry sends other bytes for the digest",
      why: "The signature is genuine, and it is not for these bytes.",
      before: () => stage.tamper(digest),
      command: ["verify", pinned],
      exit: 1,
      code: "integrity/digest-mismatch",
    },
    {
      title: "A stranger, with an authority of his own, signs an image of his",
      before: () => stage.mend(),
      command: ["cert", "test", "stranger", "--subject", CI],
      exit: 0,
    },
    {
      title: "… under the very name that the policy trusts",
      command: ["sign", `${host}/build/stranger@${stranger.digest}`, "--key", "stranger"],
      exit: 0,
    },
    {
      title: "Denied: a signature by a stranger",
      why: "A name is worth what its authority is worth.",
      command: ["verify", `${host}/build/stranger@${stranger.digest}`],
      exit: 1,
      code: "authenticity/untrusted",
    },
    {
      title: "Denied: the tag was moved to another image",
      why: "Somebody pushes another image under the same tag.",
      before: async () => {
        await stage.push(IMAGE, [{ path: "app", bytes: new TextEncoder().encode("not what was signed") }]);
      },
      command: ["verify", `${repository}:1.0`],
      exit: 1,
      code: "signature/none",
    },
    {
      title: "The image that was signed still passes, by its digest; it goes to production with its signature",
      command: ["copy", pinned, `${production}:1.0`],
      exit: 0,
    },
    { title: "Denied there: nobody has let it in", command: ["verify", `${production}:1.0`], exit: 1, code: "signature/too-few" },
    {
      title: "The pipeline attests what the scanner says, and Ana signs",
      why: "The report is recognised, and becomes a signed statement beside the image, in a form that every scanner's report becomes.",
      command: ["attest", produced, "--predicate", scan, "--key", "ci"],
      exit: 0,
    },
    { title: "…", command: ["sign", produced, "--key", "ana"], exit: 0 },
    {
      title: "Denied: the scan found something critical",
      why: "The answer names the finding, whose statement it is, and the way out.",
      command: ["verify", `${production}:1.0`],
      exit: 1,
      code: "evidence/vulnerable",
    },
    {
      title: "Ana has looked into it and says why it does not matter here",
      why: "The policy takes her word for findings (unless: vex), and for nothing else.",
      command: ["attest", produced, "--predicate", vex, "--key", "ana"],
      exit: 0,
    },
    { title: "Now it may be in production", command: ["verify", `${production}:1.0`], exit: 0, code: "identity/product-signed" },
    {
      title: "Denied: the approved image under the name of another product",
      why: "Everything is genuine but the name: what is signed as one product is not approved as another.",
      command: ["copy", produced, `${host}/prod/payments:1.0`],
      exit: 0,
    },
    { title: "…", command: ["verify", `${host}/prod/payments:1.0`], exit: 1, code: "identity/product-other" },
  ];
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
    if (asked.exit !== step.exit || !codesOf(JSON.parse(asked.text)).includes(step.code)) throw failed(step, `no finding ${step.code}`);
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
