/** Does the image's configuration say what is asked? Source: OCI image specification, config.md, "Properties". */
import { findCaseVariant } from "../../core/case-variants.ts";
import { showForeign } from "../../core/display.ts";
import { isObject } from "../../core/descriptor.ts";
import type { Objection } from "../../core/evidence.ts";
import type { ImageAsked } from "./asked.ts";
import { listSome } from "./some.ts";

export function judgeImage({ user, ports }: ImageAsked, document: unknown): readonly Objection[] {
  const config = readConfig(document);
  if (config === undefined)
    return [{ code: "image/config", message: "the image's configuration is not laid out as the specification says" }];
  return [...(user === undefined ? [] : judgeUser(user, config.user)), ...(ports === undefined ? [] : judgePorts(ports, config.ports))];
}

interface Config {
  readonly user: string;
  readonly ports: readonly string[];
}

/** Programs in Go take a member in any case, so that one written otherwise would count there and not here. */
function readConfig(document: unknown): Config | undefined {
  if (!isObject(document) || hasVariant(document, ["config"])) return undefined;
  const config = document["config"] ?? {};
  if (!isObject(config) || hasVariant(config, ["User", "ExposedPorts"])) return undefined;
  const user = config["User"] ?? "";
  const ports = config["ExposedPorts"] ?? {};
  return typeof user === "string" && isObject(ports) ? { user, ports: Object.keys(ports) } : undefined;
}

function hasVariant(object: Readonly<Record<string, unknown>>, known: readonly string[]): boolean {
  return findCaseVariant(object, known) !== undefined;
}

function judgeUser(asked: string, user: string): readonly Objection[] {
  const [name = ""] = user.split(":");
  const shown = user === "" ? "root, because its configuration names no user" : `"${showForeign(user, 100)}"`;
  if (asked !== "nonroot") {
    if ((asked.includes(":") ? user : name) === asked) return [];
    return [{ code: "image/user", message: `it runs as ${shown}, and "${asked}" is asked for` }];
  }
  // A number of its own kind, as the kernel will take it: "00" and "+0" are root as well.
  if (/^[1-9][0-9]{0,9}$/.test(name) && Number(name) < 2 ** 31) return [];
  const isName = /^[A-Za-z_]/.test(name) && name !== "root";
  const why = isName ? ", a name that a file in the image gives a number, which may be that of root" : "";
  return [{ code: "image/user", message: `it runs as ${shown}${why}, and another user than root is asked for, by number` }];
}

function judgePorts(asked: readonly string[], ports: readonly string[]): readonly Objection[] {
  const others = ports.filter((port) => !asked.includes(port.includes("/") ? port : `${port}/tcp`));
  if (others.length === 0) return [];
  const shown = listSome(others.map((port) => showForeign(port, 50)));
  return [{ code: "image/ports", message: `it listens on ${shown}, and ${asked.length === 0 ? "no port" : asked.join(", ")} is allowed` }];
}
