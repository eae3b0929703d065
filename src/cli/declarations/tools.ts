/** The commands about Countersign itself and its surroundings. */
import type { CommandDeclaration } from "../declaration.ts";
import { ONE_OUTPUT } from "../options.ts";

export const DOCTOR: CommandDeclaration = {
  name: "doctor",
  summary: "say what is wrong with the set-up, or with a registry",
  description:
    "Looks at Node, folders, keys, trust stores, policy and what is remembered of signed ones; with a reference also at the registry, its clock and its referrers API, " +
    "and with a host at the registry as such.",
  arguments: [{ name: "[ref]", summary: "an image, to look at its registry too; or a registry's host alone" }],
  options: [{ flags: "--repair", summary: "rebuild the image's fallback index from what is in the repository" }, ONE_OUTPUT],
  examples: ["countersign doctor", "countersign doctor registry.example/app:1.4 --repair"],
  load: () => import("../commands/doctor.ts"),
};

export const DEMO: CommandDeclaration = {
  name: "demo",
  summary: "the whole story in a minute, on registries of its own",
  description:
    "Starts four registries on this machine. A vendor's base comes in, an image is built on it and signed, evidence is attached, people " +
    "approve, and it is promoted through two gates into production; denials show their reasons, and attackers are stopped.",
  arguments: [],
  options: [
    { flags: "--image <ref>", summary: "use this image as the vendor's base" },
    { flags: "--keep", summary: "leave the files of the demo in place" },
  ],
  examples: ["countersign demo"],
  load: () => import("../commands/demo.ts"),
};

export const SERVE: CommandDeclaration = {
  name: "serve",
  summary: "run a timestamp authority",
  description:
    "Runs the parts that a configuration file switches on, in one process, until it is interrupted (Ctrl-C, SIGTERM): what was asked by " +
    "then is still answered. So far there is one part: a timestamp authority (RFC 3161), for `--timestamp-url` of Countersign, notation and others.",
  arguments: [{ name: "[file]", summary: "what to run (default: serve.yaml in the configuration's folder)", kind: "file" }],
  options: [{ ...ONE_OUTPUT, summary: "text for people, json for one line on stdout once all parts answer" }],
  examples: ["countersign serve", "countersign serve /etc/countersign/serve.yaml --output json"],
  load: () => import("../commands/serve.ts"),
};

export const COMPLETION: CommandDeclaration = {
  name: "completion",
  summary: "print the completion script for a shell",
  description: "Prints a script for bash, zsh or fish that completes commands, options and their choices, names of keys and trust stores.",
  arguments: [{ name: "<shell>", summary: "bash, zsh or fish", choices: ["bash", "zsh", "fish"] }],
  options: [],
  examples: ['eval "$(countersign completion bash)"', "countersign completion fish > ~/.config/fish/completions/countersign.fish"],
  load: () => import("../commands/completion.ts"),
};

export const VERSION: CommandDeclaration = {
  name: "version",
  summary: "print the version",
  description: "Prints the version of Countersign and of the Node it runs on.",
  arguments: [],
  options: [ONE_OUTPUT],
  examples: ["countersign version"],
  load: () => import("../commands/version.ts"),
};
