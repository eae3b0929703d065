/** The images of a Compose file. Source: the Compose specification. */
import { type YamlEntry, type YamlMap, yamlMember, type YamlNode } from "../encoding/yaml-node.ts";
import { addImage, report, type Search } from "./found.ts";
import { malformed } from "./pod-spec.ts";
import { reportLikely, without } from "./unknown.ts";

export const COMPOSE_CONFIG = "docker compose config | countersign verify --manifests -";

/** Their shape is known and names no image, or their keys are names that the author chose. */
const OF_FILE = ["name", "version", "include", "services", "volumes", "networks", "secrets", "configs", "models"];
const OF_SERVICE = ["image", "build", "volumes", "extends", "environment", "depends_on", "networks", "extra_hosts", "models"];

export function findInCompose(search: Search, document: YamlMap, services: YamlMap): void {
  const include = document.entries.find(({ key }) => key === "include");
  if (include !== undefined) {
    const message = "other Compose files are included";
    report(search, { path: "include", position: include.keyPosition }, { reason: "elsewhere", message, remedy: COMPOSE_CONFIG });
  }
  for (const { key, value } of services.entries) {
    findInService(
      { ...search, object: { ...search.object, kind: "service", name: key }, told: new Set() },
      { service: value, path: `services.${key}` },
    );
  }
  // Compose reads nothing that begins with x-; what is merged from there stands in the services.
  const extensions = document.entries.flatMap(({ key }) => (key.startsWith("x-") ? [key] : []));
  reportLikely(search, without(document, [...OF_FILE, ...extensions]), { path: "", seenIn: "the rest of the Compose file" });
}

interface Placed {
  readonly service: YamlNode;
  readonly path: string;
}

function findInService(search: Search, { service, path }: Placed): void {
  const inherited = yamlMember(service, "extends");
  if (inherited !== undefined) {
    const message = "the service is built on another one, which may name an image";
    report(search, { path: `${path}.extends`, position: inherited.position }, { reason: "elsewhere", message, remedy: COMPOSE_CONFIG });
  }
  findImage(search, { service, path });
  findInVolumes(search, { service, path });
  const hooks = yamlMember(service, "pre_start");
  for (const [index, hook] of (hooks?.kind === "list" ? hooks.items : []).entries()) {
    const image = given(hook, "image");
    if (image !== undefined) addImage(search, image, { path: `${path}.pre_start[${index}].image`, owner: hook });
  }
  // The name of a variable is no sign of an image, as in Kubernetes; a digest in its value is.
  const environment = yamlMember(service, "environment");
  for (const { key, value } of environment?.kind === "map" ? environment.entries : []) {
    reportLikely(search, value, { path: `${path}.environment.${key}`, seenIn: "the environment of the service" });
  }
  if (environment?.kind === "list") {
    reportLikely(search, environment, { path: `${path}.environment`, seenIn: "the environment of the service" });
  }
  if (service.kind !== "map") return;
  reportLikely(search, withLabelsAsMaps(without(service, OF_SERVICE)), { path, seenIn: "the rest of the service" });
}

/** What is built where it runs is no image of a registry, also where it is given the name of one. */
function findImage(search: Search, { service, path }: Placed): void {
  const image = given(service, "image");
  const build = given(service, "build");
  if (build === undefined) {
    if (image !== undefined || yamlMember(service, "extends") === undefined)
      addImage(search, image, { path: `${path}.image`, owner: service });
    return;
  }
  const policy = yamlMember(service, "pull_policy");
  const isAlwaysBuilt = image === undefined || (policy?.kind === "text" && policy.value === "build");
  if (!isAlwaysBuilt) addImage(search, image, { path: `${path}.image`, owner: service });
  const message =
    image === undefined
      ? "the service is built where it runs, and has no image in a registry"
      : `the service ${isAlwaysBuilt ? "is" : "may be"} built where it runs, and what is built is not the image in the registry`;
  const remedy =
    image === undefined ? "push the image, and name it with image:" : "push the image, and take build: out of what is deployed";
  report(search, { path: `${path}.build`, position: build.position }, { reason: "elsewhere", message, remedy });
  reportLikely(search, build, { path: `${path}.build`, seenIn: "the build of the service" });
}

function findInVolumes(search: Search, { service, path }: Placed): void {
  const volumes = given(service, "volumes");
  if (volumes === undefined) return;
  if (volumes.kind !== "list") {
    report(search, { path: `${path}.volumes`, position: volumes.position }, malformed("volumes is no list"));
    return;
  }
  for (const [index, volume] of volumes.items.entries()) {
    const at = `${path}.volumes[${index}]`;
    const type = yamlMember(volume, "type");
    if (type?.kind !== "text") continue;
    if (type.value === "image") addImage(search, yamlMember(volume, "source"), { path: `${at}.source`, owner: volume });
    if (type.value.includes("$")) {
      const message = "whether the volume is an image depends on a variable that is not filled in";
      const what = { reason: "unresolved", text: type.value, message, remedy: search.render } as const;
      report(search, { path: `${at}.type`, position: type.position }, what);
    }
  }
}

/** The member, if it is not empty. */
function given(node: YamlNode, key: string): YamlNode | undefined {
  const value = yamlMember(node, key);
  return value?.kind === "null" ? undefined : value;
}

/** Other programs run what labels say. `NAME=VALUE` in a list is `NAME: VALUE` in a map. */
function withLabelsAsMaps(map: YamlMap): YamlMap {
  return { ...map, entries: map.entries.map(withLabelsAsMap) };
}

function withLabelsAsMap({ value, ...entry }: YamlEntry): YamlEntry {
  if (value.kind === "map") return { ...entry, value: withLabelsAsMaps(value) };
  if (value.kind !== "list" || (entry.key !== "labels" && entry.key !== "annotations")) return { ...entry, value };
  const entries = value.items.flatMap((item): readonly YamlEntry[] => {
    const text = item.kind === "text" ? item.value : "";
    const end = text.indexOf("=");
    const label = { kind: "text", position: item.position, value: text.slice(end + 1) } as const;
    return end < 0 ? [] : [{ key: text.slice(0, end), keyPosition: item.position, value: label }];
  });
  return { ...entry, value: { kind: "map", position: value.position, entries } };
}
