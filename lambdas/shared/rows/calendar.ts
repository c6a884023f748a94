/** The plain spellings of dates and times, read without regular expressions; whatever is not plain is left to `judge-time.ts`. */

const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Days since 1970-01-01 of a text that begins with `YYYY-MM-DD`; NaN if it does not, or there is no such day. */
export function plainDay(text: string): number {
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return Number.NaN;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1)) return Number.NaN;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (day > DAYS_IN_MONTH[month - 1]! + (isLeap && month === 2 ? 1 : 0)) return Number.NaN;
  const before = year - 1;
  const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
  return before * 365 + leapDays + DAYS_BEFORE_MONTH[month - 1]! + (isLeap && month > 2 ? 1 : 0) + day - 719_163;
}

/** 0001-01-01; NaN is not at least anything. */
const LEAST_DAY = -719_162;

/** Where a plain time ends its seconds: the position of what follows `YYYY-MM-DD HH:MM:SS`. */
const SECONDS_END = 19;

export interface PlainTime {
  /** since 1970-01-01 00:00:00, as the text's own clock shows it */
  seconds: number;
  micros: number;
}

/** Reads into `time`, which serves again and again. False: not plain. `zoned`: a text without `Z` is plain as well. */
export function plainTime(text: string, isUtc: boolean, time: PlainTime): boolean {
  const { length } = text;
  if (length < SECONDS_END) return false;
  const separator = text.charCodeAt(10);
  if ((separator !== 84 && separator !== 32) || text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return false;
  const days = plainDay(text);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  if (!(days >= LEAST_DAY && hour <= 23 && minute <= 59 && second <= 59)) return false;
  let end = length;
  if (text.charCodeAt(length - 1) === 90) end--;
  else if (!isUtc) return false;
  let micros = 0;
  if (end > SECONDS_END) {
    if (text.charCodeAt(SECONDS_END) !== 46 || end > SECONDS_END + 7 || end === SECONDS_END + 1) return false;
    for (let at = SECONDS_END + 1; at <= SECONDS_END + 6; at++) {
      const digit = at < end ? text.charCodeAt(at) - 48 : 0;
      if (!(digit >= 0 && digit <= 9)) return false;
      micros = micros * 10 + digit;
    }
  }
  time.seconds = days * 86_400 + hour * 3600 + minute * 60 + second;
  time.micros = micros;
  return true;
}

/** NaN for what is not two digits. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const units = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && units >= 0 && units <= 9 ? tens * 10 + units : Number.NaN;
}
