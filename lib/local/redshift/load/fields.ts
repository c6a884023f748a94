import type { CopyStatement } from '../copy-statement';
import type { Target } from './target';

/**
 * Delimited text, field by field, for the options that PostgreSQL's own reader has not: ESCAPE, REMOVEQUOTES, FILLRECORD, FIXEDWIDTH,
 * IGNOREBLANKLINES, ACCEPTINVCHARS. Gives lines of CSV in which every value is quoted and NULL is \N.
 */
export async function* fieldLines(
  bytes: AsyncIterable<Uint8Array>,
  copy: CopyStatement,
  target: Target,
): AsyncGenerator<string> {
  const { options } = copy;
  for await (const record of records(text(bytes, options.acceptInvalid), copy)) {
    if (options.ignoreBlankLines && record.length === 1 && record[0] === '') continue;
    const cells: (string | null)[] = options.fixedWidth ? cut(record[0] ?? '', options.fixedWidth) : record;
    if (options.fillRecord) {
      while (cells.length < target.columns.length)
        cells.push(target.columns[cells.length]!.size === undefined ? null : '');
    }
    yield `${cells.map((cell) => (cell === null || cell === (options.nullAs ?? '\\N') ? '\\N' : `"${cell.replaceAll('"', '""')}"`)).join(',')}\n`;
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

/** Bytes that are no UTF-8 become the character that ACCEPTINVCHARS names, or are refused by the database. */
async function* text(bytes: AsyncIterable<Uint8Array>, replacement: string | undefined): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: replacement === undefined });
  const clean = (part: string) => (replacement === undefined ? part : part.replaceAll('\ufffd', replacement));
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
