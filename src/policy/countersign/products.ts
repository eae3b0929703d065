/** Reads `products`: names, and the repository of each gate, as references spell them. */
import { isRegistryHost, isRepositoryName, spellHost } from "../../core/reference.ts";
import { readEach } from "./complaints.ts";
import { checkName, namedEntries } from "./name.ts";
import { SHARED_SIGNER_PLACE } from "./identity-fields.ts";
import { type Entry, type Place, quote } from "./place.ts";
import { parseTemplate, type Template } from "./template.ts";

interface Repository {
  readonly gate: string;
  readonly key: Place;
  readonly template: Template;
  readonly place: Place;
}

export interface Product {
  readonly template: Template;
  readonly key: Place;
  readonly repositories: readonly Repository[];
}

/** Gates that no product lists: they may be asked about any. */
export function placelessGates(
  products: readonly { readonly repositories: readonly { readonly gate: string }[] }[],
  gates: readonly string[],
): readonly string[] {
  const listed = new Set(products.flatMap(({ repositories }) => repositories.map(({ gate }) => gate)));
  return gates.filter((gate) => !listed.has(gate));
}

const REPOSITORY = "registry.acme.io/team/{app}";

export function readProducts(place: Place): readonly Product[] {
  return readEach(namedEntries(place, `shop/{app}: { prod: "${REPOSITORY}" }`), readProduct);
}

function readProduct({ name, key, value }: Entry): Product {
  const template = parseNames(name, key);
  if (!isRepositoryName(withoutVariables(name))) {
    return key.refuse(
      `has the name ${quote(name)}, which no repository could have`,
      "write lower-case letters and digits, with . _ - / between them: shop/{app}",
    );
  }
  const repositories = readEach(namedEntries(value, `{ prod: "${REPOSITORY}" }`), (entry) => {
    if (entry.name === "sharedSigner") return entry.key.refuse("is no gate, and of the whole policy", `move it to ${SHARED_SIGNER_PLACE}`);
    const repository = readRepository(entry.value);
    const missing = template.variables.find((variable) => !repository.variables.includes(variable));
    if (missing !== undefined) {
      return entry.value.refuse(
        `has no {${missing}}, so that one repository would be of every ${quote(name)}`,
        `write {${missing}} into it, or take it out of the product's name`,
      );
    }
    const surplus = repository.variables.find((variable) => !template.variables.includes(variable));
    if (surplus !== undefined) {
      return entry.value.refuse(
        `has {${surplus}}, which the product's name ${quote(name)} does not have`,
        `name the product so that it tells them apart: ${name}/{${surplus}}`,
      );
    }
    return { gate: checkName(entry.name, entry.key), key: entry.key, template: repository, place: entry.value };
  });
  return { template, key, repositories };
}

function parseNames(text: string, place: Place): Template {
  return parseTemplate(text, (state) => place.refuse(state, "write {app} for one segment, or a part of one, and {path...} for several"));
}

function withoutVariables(text: string): string {
  return text.replaceAll(/\{[^}]*\}/g, "x");
}

/** As references spell it. */
export function readRepository(place: Place): Template {
  const written = place.text(`"${REPOSITORY}"`);
  const refuse = (state: string, remedy: string): never => place.refuse(`is ${quote(written)}: ${state}`, remedy);
  if (written.includes("://")) return refuse("a repository has no scheme", `write ${written.replace(/^.*?:\/\//, "")}`);
  if (written.includes("*"))
    return refuse("a repository is no pattern with *", `write ${written.replaceAll("*", "{app}")}, with {app} in the product's name`);
  const slash = written.indexOf("/");
  const host = written.slice(0, Math.max(slash, 0));
  const path = written.slice(slash + 1);
  if (/[{}]/.test(host)) return refuse("the host holds a variable, and so whoever runs any host could have it", "write the host out");
  if (!isHost(host)) {
    const full = `docker.io/${slash < 0 ? `library/${written}` : written}`;
    return refuse("it has no host", `write registry.example/${written}, or ${full} for Docker Hub`);
  }
  const last = path.lastIndexOf("/") + 1;
  const tag = path.slice(last).search(/[:@]/);
  if (tag >= 0) return refuse("it names a tag or digest", `write ${host}/${path.slice(0, last + tag)}`);
  const template = parseNames(path, place);
  const example = withoutVariables(path);
  if (!isRepositoryName(example)) {
    const isLower = isRepositoryName(example.toLowerCase());
    return refuse(
      isLower ? "a repository is written in lower case" : "it is no repository",
      `write ${isLower ? `${host}/${path.toLowerCase()}` : REPOSITORY}`,
    );
  }
  const spelled = spellHost(host, (why) => refuse(why, `write ${REPOSITORY}`));
  if (spelled === "index.docker.io" || spelled === "registry-1.docker.io")
    return refuse("Docker Hub is written docker.io", `write docker.io/${path}`);
  if (spelled === "docker.io" && template.segments.length === 1 && template.segments[0]?.kind !== "spread") {
    return refuse("references to Docker Hub have a first segment", `write docker.io/library/${path}`);
  }
  return parseNames(`${spelled}/${path}`, place);
}

/** As references tell a host from the first segment of a name. */
function isHost(text: string): boolean {
  return isRegistryHost(text) && (/[.:[]/.test(text) || text.toLowerCase() === "localhost");
}
