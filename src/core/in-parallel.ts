/** Runs one job for each item, a few at a time, results in the items' order. */

/** How much is done at the same time where nobody says how much. */
export const DEFAULT_CONCURRENCY = 16;

/**
 * After a failure nothing more is begun. It is thrown once what was under way has come to its end: a write that is left
 * to itself would be cut off with the program, and leave half a file.
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  limit: number,
  job: (item: Item, position: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const failures: unknown[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [position, item] of queue) {
      if (failures.length > 0) return;
      try {
        results[position] = await job(item, position);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
  return results;
}
