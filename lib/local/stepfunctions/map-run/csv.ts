/**
 * CSV by the rules of https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html: fields are text, quotes are
 * doubled inside quotes, a backslash escapes a backslash, a quote or the delimiter and vanishes before anything else.
 */
const QUOTE = '"';
const BACKSLASH = '\\';

/** The records, those of empty lines left out, until `limit` of them. */
export function parseCsv(text: string, delimiter: string, limit = Number.POSITIVE_INFINITY): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let field = '';
  /** Where the plain run of characters began that is not yet in `field`. */
  let from = 0;
  let isQuoted = false;
  const { length } = text;

  const endRecord = () => {
    record.push(field);
    if (record.length > 1 || field !== '') records.push(record);
    record = [];
    field = '';
  };
  for (let at = 0; at < length; at++) {
    const char = text[at]!;
    const isSpecial =
      char === QUOTE || char === BACKSLASH || (!isQuoted && (char === delimiter || char === '\n' || char === '\r'));
    if (!isSpecial) continue;
    field += text.slice(from, at);
    from = at + 1;
    if (char === BACKSLASH) {
      // What comes next is taken as it is, whether the backslash had to be there or not.
      if (at + 1 < length && text[at + 1] !== '\n' && text[at + 1] !== '\r') field += text[++at];
      from = at + 1;
    } else if (char === QUOTE) {
      if (isQuoted && text[at + 1] === QUOTE) {
        field += QUOTE;
        from = ++at + 1;
      } else {
        isQuoted = !isQuoted;
      }
    } else if (char === delimiter) {
      record.push(field);
      field = '';
    } else {
      if (char === '\r' && text[at + 1] === '\n') from = ++at + 1;
      endRecord();
      if (records.length >= limit) return records;
    }
  }
  field += text.slice(from);
  if (field !== '' || record.length > 0) endRecord();
  return records;
}
