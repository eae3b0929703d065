/** Times as RFC 3339 writes them. */

const SHAPE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

/** Any offset and fraction, to the millisecond; lower-case letters, days that do not exist and leap seconds are refused as Go does. */
export function parseRfc3339(text: string): Date | undefined {
  const match = SHAPE.exec(text);
  if (match === null) return undefined;
  const [, clock = "", fraction = "", sign, hours = "0", minutes = "0"] = match;
  const local = new Date(`${clock}Z`);
  // The 30th of February comes out as another day.
  if (Number.isNaN(local.getTime()) || local.toISOString().slice(0, 19) !== clock) return undefined;
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === "-" ? -60_000 : 60_000);
  return new Date(local.getTime() + Number(fraction.slice(0, 3).padEnd(3, "0")) - offset);
}

export function formatRfc3339(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
