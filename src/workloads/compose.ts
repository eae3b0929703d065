/** The images of a Compose file. Source: the Compose specification. */
import { type YamlMap, yamlMember, type YamlNode } from "../encoding/yaml-node.ts";
import { addImage, report, type Search } from "./found.ts";

export const COMPOSE_CONFIG = "docker compose config | countersign verify --manifests -";

export function findInCompose(search: Search, document: YamlMap, services: YamlMap): void {
  const include = document.entries.find(({ key }) => key === "include");
  if (include !== undefined) {
    const message = "other Compose files are included";
    report(search, { path: "include", position: include.keyPosition }, { reason: "elsewhere", message, remedy: COMPOSE_CONFIG });
  }
  for (const { key, value } of services.entries) {
    findInService({ ...search, object: { ...search.object, kind: "service", name: key } }, value, `services.${key}`);
  }
}

function findInService(search: Search, service: YamlNode, path: string): void {
  const image = yamlMember(service, "image");
  const build = yamlMember(service, "build");
  const inherited = yamlMember(service, "extends");
  if (inherited !== undefined) {
    const message = "the service is built on another one, which may name an image";
    report(search, { path: `${path}.extends`, position: inherited.position }, { reason: "elsewhere", message, remedy: COMPOSE_CONFIG });
  }
  if (image === undefined && build !== undefined) {
    const message = "the service is built where it runs, and has no image in a registry";
    const remedy = "push the image, and name it with image:";
    report(search, { path: `${path}.build`, position: build.position }, { reason: "elsewhere", message, remedy });
  } else if (image !== undefined || inherited === undefined) addImage(search, image, { path: `${path}.image`, owner: service });

  const volumes = yamlMember(service, "volumes");
  for (const [index, volume] of (volumes?.kind === "list" ? volumes.items : []).entries()) {
    const type = yamlMember(volume, "type");
    if (type?.kind === "text" && type.value === "image") {
      addImage(search, yamlMember(volume, "source"), { path: `${path}.volumes[${index}].source`, owner: volume });
    }
  }
}
