import type { CopyStatement } from '../copy-statement';
import type { StagedRecord } from './stage';
import type { Target } from './target';

/**
 * Delimited text, field by field, for the options that PostgreSQL's own reader has not: ESCAPE, REMOVEQUOTES, FILLRECORD, FIXEDWIDTH,
 * IGNOREBLANKLINES, ACCEPTINVCHARS, and for files with lines that have too few or too many fields.
 */
export async function* fieldRecords(
  bytes: AsyncIterable<Uint8Array>,
  copy: CopyStatement,
  target: Target,
): AsyncGenerator<StagedRecord> {
  const { options } = copy;
  const nullAs = options.nullAs ?? '\\N';
  let line = 0;
  for await (const record of records(text(bytes, options.acceptInvalid), copy)) {
    line++;
    if (options.ignoreBlankLines && record.length === 1 && record[0] === '') continue;
    const cells: (string | null)[] = options.fixedWidth ? cut(record[0] ?? '', options.fixedWidth) : record;
    if (options.fillRecord) {
      while (cells.length < target.columns.length)
        cells.push(target.columns[cells.length]!.size === undefined ? null : '');
    }
    const raw = record.join(options.delimiter).slice(0, 1024);
    // A line of delimited text may end with a delimiter.
    if (copy.format === 'TEXT' && cells.length === target.columns.length + 1 && cells.at(-1) === '') cells.pop();
    if (options.acceptInvalid === undefined && cells.some((cell) => cell?.includes(NO_UTF8)))
      yield { line, error: { ...INVALID_TEXT, raw } };
    else if (cells.length > target.columns.length)
      yield { line, error: { code: 1202, message: 'Extra column(s) found', raw } };
    else if (cells.length < target.columns.length)
      yield { line, error: { code: 1214, message: 'Delimiter not found', raw } };
    else yield { line, cells: cells.map((cell) => (cell === nullAs ? null : cell)) };
  }
}

/** Whether a COPY needs this reader. */
export const needsFields = ({ options: o }: CopyStatement): boolean =>
  o.escape ||
  o.removeQuotes ||
  o.fillRecord ||
  o.ignoreBlankLines ||
  o.acceptInvalid !== undefined ||
  o.fixedWidth !== undefined;

/** What a decoder gives for bytes that are no UTF-8. */
export const NO_UTF8 = '\ufffd';
export const INVALID_TEXT = { code: 1220, message: 'String contains invalid or unsupported UTF8 codepoints.' };

/** Bytes that are no UTF-8 become the character that ACCEPTINVCHARS names. */
async function* text(bytes: AsyncIterable<Uint8Array>, replacement = NO_UTF8): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8');
  const clean = (part: string) => (replacement === NO_UTF8 ? part : part.replaceAll(NO_UTF8, replacement));
  for await (const chunk of bytes) yield clean(decoder.decode(chunk, { stream: true }));
  yield clean(decoder.decode());
}

async function* records(chunks: AsyncIterable<string>, { format, options }: CopyStatement): AsyncGenerator<string[]> {
  const quotes = format === 'CSV';
  let record: string[] = [];
  let field = '';
  let quoted = false;
  let wasQuoted = false;
  let escaped = false;
  let before = '';
  let any = false;
  const end = () => {
    record.push(options.removeQuotes ? unquote(field) : field);
    field = '';
    wasQuoted = false;
  };
  for await (const chunk of chunks) {
    for (const char of chunk) {
      any = true;
      if (escaped) {
        field += char;
        escaped = false;
      } else if (options.escape && char === '\\') escaped = true;
      else if (quotes && char === options.quote) {
        // A doubled quote inside of quotes is one.
        if (quoted) quoted = false;
        else if (wasQuoted && before === options.quote) {
          field += char;
          quoted = true;
        } else {
          quoted = true;
          wasQuoted = true;
        }
      } else if (quoted) field += char;
      else if (char === options.delimiter && options.fixedWidth === undefined) end();
      else if (char === '\n') {
        if (field.endsWith('\r')) field = field.slice(0, -1);
        end();
        yield record;
        record = [];
        any = false;
      } else field += char;
      before = char;
    }
  }
  if (any) {
    end();
    yield record;
  }
}

const unquote = (field: string) => (/^(['"]).*\1$/s.test(field) ? field.slice(1, -1) : field);

function cut(line: string, widths: readonly number[]): string[] {
  let at = 0;
  return widths.map((width) => {
    const cell = line.slice(at, at + width);
    at += width;
    return cell.trimEnd();
  });
}
