/** The demo's story as data: what is done, what is expected, and what a person is told. */
import type { Digest } from "../../core/digest.ts";
import { type Places, subjectOf } from "./documents.ts";

export interface Step {
  readonly title: string;
  /** Why this matters, in a sentence. */
  readonly why?: string;
  /** Done before the command, by somebody else than the person at the terminal. */
  readonly before?: () => Promise<void> | void;
  readonly command: readonly string[];
  readonly exit: number;
  /** That the answer must hold: of a finding, or of what stands in a requirement's way. */
  readonly code?: string;
}

/** What stands ready when the story begins. */
export interface Scene {
  readonly places: Places;
  /** Digests of the vendor's base, and of what is built on it. */
  readonly base: Digest;
  readonly image: Digest;
  readonly timestampUrl: string;
  /** Paths of files. */
  readonly files: Readonly<Record<"policy" | "timeRoot" | "sbom" | "provenance" | "scan" | "vex" | "repository", string>>;
  /** In production the registry sends other bytes from now on, or no longer. */
  readonly tamper: () => void;
  readonly mend: () => void;
  /** Somebody pushes another program to production under the image's tag. */
  readonly moveTag: () => Promise<void>;
}

/** Everybody is on one machine here; each has a key, a certificate and a machine of their own in truth. */
const PEOPLE = { vendor: "Vendor", ci: "ci", promoter: "promoter", ana: "Ana", bo: "Bo", cy: "Cy", eva: "Eva" };

export function tellStory(scene: Scene): readonly Step[] {
  return [...peopleAndPolicy(scene), ...baseComesIn(scene), ...imageIsBuilt(scene), ...peopleApprove(scene), ...attackers(scene)];
}

function peopleAndPolicy({ files }: Scene): readonly Step[] {
  return [
    ...Object.entries(PEOPLE).map(([key, name], index): Step => ({
      title: index === 0 ? "Keys and certificates for everybody in the story" : "…",
      ...(index === 0 ? { why: "In production keys are in vaults and tokens, and certificates come from your own authority." } : {}),
      command: ["cert", "test", key, "--subject", subjectOf(name), "--trust"],
      exit: 0,
    })),
    {
      title: "Whose word about time is believed: a timestamp authority, which the demo runs",
      command: ["trust", "add", "tsa:demo", files.timeRoot],
      exit: 0,
    },
    {
      title: "Say who may do what, and where",
      why: "One policy for the pipeline, for promotion and for production. Pinned: whoever changes it changes nothing until it was looked at again.",
      command: ["policy", "trust", files.policy, "--yes"],
      exit: 0,
    },
    {
      title: "Who can open production?",
      why: "Told from the policy alone, before anything has happened.",
      command: ["policy", "who-can", "--gate", "prod"],
      exit: 0,
    },
  ];
}

function baseComesIn({ places, base }: Scene): readonly Step[] {
  const published = `${places.public}/vendor/runtime@${base}`;
  const own = `${places.build}/base/runtime:1.0`;
  return [
    { title: "Elsewhere: a vendor signs the base image that it publishes", command: ["sign", published, "--key", "vendor"], exit: 0 },
    {
      title: "The base comes in",
      why: "Its publisher's signature is verified and travels along; a signed record says where it came from.",
      command: ["promote", published, own, "--gate", "base", "--key", "promoter"],
      exit: 0,
    },
    { title: "It verifies here, under its publisher's name", command: ["verify", own], exit: 0 },
  ];
}

function imageIsBuilt({ places, image, timestampUrl, files }: Scene): readonly Step[] {
  const pinned = `${places.build}/apps/countersign@${image}`;
  const attest = (title: string, ...source: readonly string[]): Step => ({
    title,
    command: ["attest", pinned, ...source, "--key", "ci"],
    exit: 0,
  });
  return [
    {
      title: "The pipeline has built an image on it, and signs it; the signature is stamped",
      why: "By digest, because a tag can move between two commands. The stamp shows when it was made, also when the certificate has run out.",
      command: ["sign", pinned, "--key", "ci", "--timestamp-url", timestampUrl],
      exit: 0,
    },
    attest("It says what is in the image …", "--predicate", files.sbom),
    attest("… how it was built and on what …", "--predicate", files.provenance),
    attest("… from which commits, and who signed these …", "--git", files.repository),
    attest("… and what the scanner says", "--predicate", files.scan),
    {
      title: "Denied: the scan found something critical",
      why: "The answer names the finding, whose statement it is, and the way out.",
      command: ["verify", pinned, "--gate", "build"],
      exit: 1,
      code: "evidence/vulnerable",
    },
    {
      title: "Ana has looked into it and says why it does not matter here",
      why: "The policy takes her word for findings (unless: vex), and for nothing else.",
      command: ["attest", pinned, "--predicate", files.vex, "--key", "ana"],
      exit: 0,
    },
    { title: "Now it passes: signature, provenance, base, packages, scan", command: ["verify", pinned, "--gate", "build"], exit: 0 },
  ];
}

function peopleApprove({ places, image }: Scene): readonly Step[] {
  const built = `${places.build}/apps/countersign@${image}`;
  const tested = `${places.test}/apps/countersign@${image}`;
  return [
    {
      title: "Denied: nobody has let it into the test environment",
      why: "Nothing is copied before the destination's own policy says yes.",
      command: promote(built, places.test, "test"),
      exit: 1,
      code: "approvals/too-few",
    },
    approve("Ana approves it: a signed statement about this digest, this gate and the evidence that she saw", built, {
      gate: "test",
      key: "ana",
    }),
    {
      title: "It is copied with all that hangs on it, judged again there, and the promotion is recorded",
      command: promote(built, places.test, "test"),
      exit: 0,
    },
    {
      title: "Eva wants it in production, and wrote a commit of it: she may not let it in",
      command: ["approve", tested, "--gate", "prod", "--key", "eva", "--yes"],
      exit: 3,
      code: "approval/barred",
    },
    approve("Bo approves", tested, { gate: "prod", key: "bo" }),
    {
      title: "Denied: one of two",
      why: "What is missing, who can still give it, what to type.",
      command: promote(tested, places.prod, "prod"),
      exit: 1,
      code: "approvals/too-few",
    },
    approve("Cy approves", tested, { gate: "prod", key: "cy" }),
    { title: "Into production", command: promote(tested, places.prod, "prod"), exit: 0 },
    { title: "Production asks for itself, by what is there", command: ["verify", `${places.prod}/apps/countersign:1.0`], exit: 0 },
    {
      title: "Who did what, when, by which proof",
      command: ["history", `${places.prod}/apps/countersign:1.0`],
      exit: 0,
    },
  ];
}

function approve(title: string, reference: string, { gate, key }: { readonly gate: string; readonly key: string }): Step {
  return { title, command: ["approve", reference, "--gate", gate, "--key", key, "--yes"], exit: 0 };
}

function promote(from: string, to: string, gate: string): readonly string[] {
  return ["promote", from, `${to}/apps/countersign:1.0`, "--gate", gate, "--key", "promoter"];
}

function attackers({ places, image, tamper, mend, moveTag }: Scene): readonly Step[] {
  const production = `${places.prod}/apps/countersign`;
  return [
    {
      title: "Stopped: the registry sends other bytes for the digest",
      why: "The signatures are genuine, and they are not for these bytes.",
      before: tamper,
      command: ["verify", `${production}@${image}`],
      exit: 1,
      code: "integrity/digest-mismatch",
    },
    {
      title: "Stopped: somebody moved production's tag to another program",
      before: async () => {
        mend();
        await moveTag();
      },
      command: ["verify", `${production}:1.0`],
      exit: 1,
      code: "signature/none",
    },
    {
      title: "The approved image is copied under the name of another product …",
      command: ["copy", `${production}@${image}`, `${places.prod}/apps/payments:1.0`],
      exit: 0,
    },
    {
      title: "… and stopped: everything is genuine but the name",
      why: "What is approved as one product is not approved as another.",
      command: ["verify", `${places.prod}/apps/payments:1.0`],
      exit: 1,
      code: "identity/product-other",
    },
    { title: "The image itself still passes, by its digest", command: ["verify", `${production}@${image}`], exit: 0 },
  ];
}
