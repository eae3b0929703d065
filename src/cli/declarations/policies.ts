/** The commands that answer people about policies: writing one, what it asks, who opens it, what changes, other programs' forms. */
import type { CommandDeclaration, OptionDeclaration } from "../declaration.ts";
import { ONE_OUTPUT } from "../options.ts";

const POLICY = { name: "[file]", summary: "as for --policy, rather than the policy that judges; - for stdin", kind: "file" } as const;
const FORCE: OptionDeclaration = { flags: "--force", summary: "replace what is there" };

export const POLICY_INIT: CommandDeclaration = {
  name: "policy init",
  summary: "write a policy from what is found on this machine",
  description:
    "Writes a Countersign policy that works: for the repositories given, else for those of notation's trust policy; signed for by the keys of this machine that lead to a trust store, or by those whom notation's trust policy names. The file says in comments what to change.",
  arguments: [{ name: "[ref...]", summary: "the repositories of the images, registry/repository; a tag or digest is passed over" }],
  options: [{ flags: "--out <file>", summary: "where to write it (default countersign.yaml)", kind: "file" }, FORCE, ONE_OUTPUT],
  examples: ["countersign policy init registry.example/payments/api"],
  load: () => import("../commands/policy-init.ts"),
};

export const POLICY_EXPLAIN: CommandDeclaration = {
  name: "policy explain",
  summary: "say which policy and gate judge an image, and what they will ask",
  description:
    "Tells which policy judges and why that one, the product and the gates, what they ask and of whom, and which of the trust stores are here. No registry is asked, and nothing is judged.",
  arguments: [{ name: "<ref>", summary: "the image" }],
  options: [
    { flags: "--gate <name>", summary: "the gate that is asked about" },
    { flags: "--as <repository>", summary: "the repository that a layout or archive is judged as" },
    { flags: "--policy <policy>", summary: "this one rather than the one that judges", kind: "file" },
    ONE_OUTPUT,
  ],
  examples: ["countersign policy explain registry.example/payments/api:1.4"],
  load: () => import("../commands/policy-explain.ts"),
};

export const POLICY_WHO_CAN: CommandDeclaration = {
  name: "policy who-can",
  summary: "say how few people and machines open each gate",
  description:
    "Tells the fewest people, machines and keys whose joint will, or compromise, opens each gate, assuming honest infrastructure; and who else opens it: those who can issue certificates, sign the policy, or write it or the configuration. At most 20 sets are shown.",
  arguments: [POLICY],
  options: [
    { flags: "--policy <policy>", summary: "the same as the argument", kind: "file" },
    { flags: "--gate <name>", summary: "this gate alone" },
    ONE_OUTPUT,
  ],
  examples: ["countersign policy who-can", "countersign policy who-can --gate prod countersign.yaml"],
  load: () => import("../commands/policy-who-can.ts"),
};

export const POLICY_DIFF: CommandDeclaration = {
  name: "policy diff",
  summary: "say what changes in meaning between two policies",
  description:
    "Compares what two policies mean, by product, person, party and gate; order and comments are no change. A gate that somebody opens now who did not before, or that checks less, is marked as easier, with the reason. The exit code is 0 either way: --output json tells.",
  arguments: [
    { name: "<old>", summary: "as for --policy; - for stdin", kind: "file" },
    { name: "<new>", summary: "the same", kind: "file" },
  ],
  options: [ONE_OUTPUT],
  examples: ["countersign policy diff old.yaml countersign.yaml"],
  load: () => import("../commands/policy-diff.ts"),
};

export const POLICY_TEST: CommandDeclaration = {
  name: "policy test",
  summary: "ask a policy about recorded images, and compare the answers",
  description:
    "Reads cases (kind: PolicyTest) and judges each recorded image as verify would, at the moment and with the faults that the case names. No registry is asked. The exit code is 1 if an answer is another than the one expected.",
  arguments: [{ name: "<file>", summary: "the cases", kind: "file" }],
  options: [ONE_OUTPUT],
  examples: ["countersign policy test shop-test.yaml"],
  load: () => import("../commands/policy-test.ts"),
};

export const POLICY_EXPORT: CommandDeclaration = {
  name: "policy export",
  summary: "write a policy in the form of another program",
  description:
    "Translates a policy for Podman, CRI-O and skopeo (policy.json and registries.d), as far as they can ask for the same. What they cannot ask for is refused, so that they let pass no more than the policy; each loss is listed on stderr, and in JSON. Without --out it is printed.",
  arguments: [POLICY],
  options: [
    { flags: "--to <program>", summary: "containers, which is the default", choices: ["containers"] },
    { flags: "--out <dir>", summary: "write policy.json and registries.d there", kind: "folder" },
    FORCE,
    ONE_OUTPUT,
  ],
  examples: ["countersign policy export --to containers --out containers"],
  load: () => import("../commands/policy-export.ts"),
};
