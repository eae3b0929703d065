/** Repositories -> products with their places: what differs in one word for a stage alone is one product. */

/** As people call the stages that an image goes through, in that order. */
const STAGES = "dev development ci build test testing int integration qa uat stage staging preprod prod production release live".split(" ");

export interface ProductPlaces {
  /** Without what tells its places apart. */
  readonly path: string;
  readonly places: readonly { readonly repository: string; /** Where there are several. */ readonly stage?: string }[];
}

interface StagedPlace {
  readonly repository: string;
  readonly stage: string;
}

/** In the order in which they were named; the places of one in the order of the stages. */
export function groupPlaces(repositories: readonly string[]): readonly ProductPlaces[] {
  const groups = new Map<string, StagedPlace[]>();
  for (const repository of repositories) {
    for (const { key, stage } of readings(repository)) groups.set(key, (groups.get(key) ?? []).concat({ repository, stage }));
  }
  const taken = new Set<string>();
  return repositories.flatMap((repository) => {
    if (taken.has(repository)) return [];
    const [product = { path: pathOf(repository), places: [{ repository }] }] = readings(repository).flatMap(({ key, path }) => {
      const places = (groups.get(key) ?? []).filter((place) => !taken.has(place.repository)).toSorted(byStage);
      return places.length > 1 ? [{ path, places }] : [];
    });
    for (const place of product.places) taken.add(place.repository);
    return [product];
  });
}

/** Each way to take one segment of the path, or one label of the host, for the stage. */
function readings(repository: string): readonly { readonly key: string; readonly stage: string; readonly path: string }[] {
  const [host = "", ...segments] = repository.split("/");
  const labels = host.split(".");
  const all = [...labels, ...segments];
  return all.flatMap((stage, at) => {
    if (!STAGES.includes(stage)) return [];
    const path = at < labels.length ? segments : segments.toSpliced(at - labels.length, 1);
    if (path.length === 0) return [];
    return [{ key: JSON.stringify([labels.length, all.with(at, "*")]), stage, path: path.join("/") }];
  });
}

function byStage(a: StagedPlace, b: StagedPlace): number {
  return STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage);
}

/** The repository without its host. */
function pathOf(repository: string): string {
  return repository.slice(repository.indexOf("/") + 1);
}
