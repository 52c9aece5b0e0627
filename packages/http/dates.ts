const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** The three forms that a recipient must accept: RFC 9110, section 5.6.7. */
const FORMS = [
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>\d{2}) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d{2}:\d{2}:\d{2}) GMT$/,
  /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>\d{2})-(?<month>[A-Z][a-z]{2})-(?<year>\d{2}) (?<time>\d{2}:\d{2}:\d{2}) GMT$/,
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d{2}:\d{2}:\d{2}) (?<year>\d{4})$/,
];

/** A field's date in seconds since the epoch; undefined where it is malformed. */
export function httpDate(field: string): number | undefined {
  for (const form of FORMS) {
    const { day, month = "", year, time = "" } = form.exec(field)?.groups ?? {};
    const at = MONTHS.indexOf(month);
    if (at < 0) continue;
    const [hour, minute, second] = time.split(":").map(Number);
    const seconds = Date.UTC(fullYear(year ?? ""), at, Number(day), hour, minute, second) / 1000;
    return Number.isNaN(seconds) ? undefined : seconds;
  }
  return undefined;
}

/** A year of two digits more than 50 years ahead is one of the last century (section 5.6.7). */
function fullYear(digits: string): number {
  if (digits.length === 4) return Number(digits);
  const now = new Date().getUTCFullYear();
  const year = now - (now % 100) + Number(digits);
  return year > now + 50 ? year - 100 : year;
}
