/** Optional members that may be `undefined` while they are gathered, and must not be once they are handed on. */

export type Undefinable<T> = { readonly [K in keyof T]-?: T[K] | undefined };

/** Only the members that are there. */
export function withoutAbsent<T extends object>(members: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    readonly [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
