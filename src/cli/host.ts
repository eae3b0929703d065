/** A host as people paste it: `https://HOST/` and `HOST/` are HOST, for every command and option that takes one. */

export function hostOf(text: string): string {
  // Docker's old keys end in the version of the API.
  const host = /^https?:\/\/([^/]+)(?:\/(?:v[12]\/?)?)?$/i.exec(text)?.[1] ?? /^([^/]+)\/$/.exec(text)?.[1];
  return host ?? text;
}
