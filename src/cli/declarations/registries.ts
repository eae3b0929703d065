/** The commands about getting into a registry. */
import type { ArgumentDeclaration, CommandDeclaration } from "../declaration.ts";
import { ONE_OUTPUT } from "../options.ts";

const HOST: ArgumentDeclaration = { name: "<host>", summary: "the registry: host[:port], or docker.io for Docker Hub" };

export const LOGIN: CommandDeclaration = {
  name: "login",
  summary: "check a registry's user name and password, and keep them",
  description:
    "Asks the registry whether a user name and password are right, and keeps them where Docker does: with the credential helper that its configuration names, " +
    "else in the file. The password comes from stdin (--password-stdin) or is asked for. The token server that the registry names is shown; " +
    "one on another host is sent the password only if you agree, at the terminal or with --token-realm, and that is kept too.",
  arguments: [HOST],
  options: [ONE_OUTPUT],
  examples: [
    "countersign login registry.example",
    "printenv REGISTRY_PASSWORD | countersign login registry.example --username alice --password-stdin",
  ],
  load: () => import("../commands/login.ts"),
};

export const LOGOUT: CommandDeclaration = {
  name: "logout",
  summary: "remove a registry's user name and password from this machine",
  description:
    "Removes them from every file and credential helper that is asked for this registry, and the token servers that were agreed to.",
  arguments: [HOST],
  options: [ONE_OUTPUT],
  examples: ["countersign logout registry.example"],
  load: () => import("../commands/logout.ts"),
};
