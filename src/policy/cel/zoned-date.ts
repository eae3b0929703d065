/** The clock of a time zone, whatever zone this machine is in. */

/** What `Europe/Berlin`, `UTC`, or `+02:00` calls the moment, as the UTC parts of a date. Throws for what is no time zone. */
export function zonedDate(moment: Date, zone: string): Date {
  const [, sign, hours, minutes] = /^([+-]?)([0-9]{2}):([0-9]{2})$/.exec(zone) ?? [];
  if (hours !== undefined && minutes !== undefined) {
    const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
    return new Date(moment.getTime() + (sign === "-" ? -offset : offset));
  }
  const parts = new Map(
    formatOf(zone)
      .formatToParts(moment)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const date = new Date(0);
  date.setUTCFullYear(part("year"), part("month") - 1, part("day"));
  date.setUTCHours(part("hour"), part("minute"), part("second"), moment.getUTCMilliseconds());
  return date;
}

export function isTimeZone(zone: string): boolean {
  try {
    return Number.isFinite(zonedDate(new Date(0), zone).getTime());
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** By zone, of which there are some hundred: making one takes longer than all else that an expression asks of a moment. */
const FORMATS = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const timeZone = zone.toLowerCase();
  const format = FORMATS.get(timeZone) ?? makeFormat(timeZone);
  FORMATS.set(timeZone, format);
  return format;
}

function makeFormat(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-US-u-ca-gregory-nu-latn", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
}
