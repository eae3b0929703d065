/** Moments as people write them: `2026-11-24T09:00:00Z`, `2026-11-24T10:00+01:00`, `2026-11-24`. */

/** A time with its offset, or a day, which is its start in UTC; `undefined` for anything else. */
export function readMoment(text: string): Date | undefined {
  const time = /^(\d{4})-(\d{2})-(\d{2})(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/.exec(text);
  if (time === null) return undefined;
  const date = new Date(text);
  // `Date` takes 31 February for 3 March; the day must come back as it was written.
  const day = new Date(Date.UTC(Number(time[1]), Number(time[2]) - 1, Number(time[3])));
  return day.getUTCDate() === Number(time[3]) && !Number.isNaN(date.getTime()) ? date : undefined;
}
