/** Looks at the first bytes of a file: what it is, whatever its name says. A file that is not text fails here, with a remedy. */
import { isUtf8 } from 'node:buffer';
import type { FileFormat } from '../../lib/tasks/common';
import { UnreadableFile } from '../../lib/tasks/errors';

/** How a CSV file is written. */
export interface Dialect {
  /** one byte each */
  readonly delimiter: number;
  readonly quote: number;
  /** `cr`: classic Mac OS, where a CR alone ends a line */
  readonly lineEnd: 'lf' | 'crlf' | 'cr';
}

/** How much of a file is looked at. */
export const HEAD_BYTES = 64 * 1024;

export const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b;

export const byteOrderMarkLength = (head: Uint8Array): number =>
  head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;

const SIGNATURES: readonly (readonly [name: string, remedy: string, ...bytes: (number | string)[]])[] = [
  ['a ZIP archive or an Excel workbook', 'Export it as CSV', 'PK', 3, 4],
  ['an old Excel workbook', 'Export it as CSV', 0xd0, 0xcf, 0x11, 0xe0],
  ['a Parquet file', 'Export it as CSV or NDJSON', 'PAR1'],
  ['a PDF document', 'Export the data as CSV', '%PDF'],
  ['a PNG image', 'Upload the data file', 0x89, 'PNG'],
  ['a JPEG image', 'Upload the data file', 0xff, 0xd8, 0xff],
  ['a Zstandard file', 'Compress it with gzip instead', 0x28, 0xb5, 0x2f, 0xfd],
  ['a bzip2 file', 'Compress it with gzip instead', 'BZh'],
  ['an xz file', 'Compress it with gzip instead', 0xfd, '7zXZ'],
  ['a UTF-32 text', 'Save it as UTF-8', 0xff, 0xfe, 0, 0],
  ['a UTF-16 text', 'Save it as UTF-8', 0xff, 0xfe],
  ['a UTF-16 text', 'Save it as UTF-8', 0xfe, 0xff],
];

/** @throws {UnreadableFile} for what is not text in UTF-8. `head` is uncompressed. */
export function refuseOtherThanText(head: Buffer, file: string): void {
  for (const [name, remedy, ...bytes] of SIGNATURES) {
    if (
      head.indexOf(
        Buffer.concat(bytes.map((byte) => (typeof byte === 'string' ? Buffer.from(byte) : Buffer.of(byte)))),
      ) === 0
    ) {
      throw unreadable(file, `it looks like ${name}`, remedy);
    }
  }
  const text = head.toString('latin1', byteOrderMarkLength(head), 1024).trimStart().toLowerCase();
  if (
    text.startsWith('<!doctype html') ||
    text.startsWith('<html') ||
    text.startsWith('<head') ||
    text.startsWith('<body')
  ) {
    throw unreadable(
      file,
      `it looks like an HTML page${title(head)}, maybe an error page saved as the file`,
      'Download it again, while logged in',
    );
  }
  if (text.startsWith('<?xml')) throw unreadable(file, 'it looks like an XML document', 'Export it as CSV or NDJSON');
  refuseBinary(head, file);
}

function refuseBinary(head: Buffer, file: string): void {
  if (head.length === 0) return;
  let nulEven = 0;
  let nulOdd = 0;
  let control = 0;
  for (let i = 0; i < head.length; i++) {
    const byte = head[i]!;
    if (byte === 0) i % 2 ? nulOdd++ : nulEven++;
    else if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13 && byte !== 12) control++;
  }
  const half = head.length / 2;
  if (
    head.length >= 4 &&
    ((nulOdd > half * 0.4 && nulEven < half * 0.1) || (nulEven > half * 0.4 && nulOdd < half * 0.1))
  ) {
    throw unreadable(file, 'it looks like a UTF-16 text without a byte-order mark', 'Save it as UTF-8');
  }
  if ((nulEven + nulOdd + control) / head.length > 0.05) {
    throw unreadable(file, 'it is binary, not text', 'Upload the CSV or NDJSON file');
  }
}

function title(head: Buffer): string {
  const match = /<title>\s*([^<]{1,80})/i.exec(head.toString('utf8'));
  return match ? ` ("${match[1]!.trim()}")` : '';
}

export function unreadable(file: string, what: string, remedy: string, cause?: unknown): UnreadableFile {
  return new UnreadableFile(
    `${file} cannot be read: ${what}. ${remedy} and put it under the same key; nothing of it was loaded.`,
    { cause },
  );
}

const DELIMITERS = [',', ';', '\t', '|'];

/** Reads the dialect off the header line; what the contract states is taken as stated. */
export function detectDialect(head: Buffer, format: Extract<FileFormat, { kind: 'csv' }>): Dialect {
  const quote = (format.quote ?? '"').charCodeAt(0);
  const lineEnd = detectLineEnd(head, quote);
  const delimiter = format.delimiter ?? sniffDelimiter(head, quote, lineEnd);
  return { delimiter: delimiter.charCodeAt(0), quote, lineEnd };
}

function detectLineEnd(head: Buffer, quote: number): Dialect['lineEnd'] {
  let quoted = false;
  for (let i = byteOrderMarkLength(head); i < head.length; i++) {
    const byte = head[i];
    if (byte === quote) quoted = !quoted;
    if (quoted) continue;
    if (byte === 10) return 'lf';
    if (byte === 13) return head[i + 1] === 10 || i + 1 === head.length ? 'crlf' : 'cr';
  }
  return 'lf';
}

function sniffDelimiter(head: Buffer, quote: number, lineEnd: Dialect['lineEnd']): string {
  const counts = new Map(DELIMITERS.map((delimiter) => [delimiter.charCodeAt(0), 0]));
  let quoted = false;
  for (const byte of head) {
    if (byte === quote) quoted = !quoted;
    else if (!quoted && byte === (lineEnd === 'lf' ? 10 : 13)) break;
    else if (!quoted && counts.has(byte)) counts.set(byte, counts.get(byte)! + 1);
  }
  const [best] = [...counts].sort(([, a], [, b]) => b - a)[0]!;
  return String.fromCharCode(best);
}

/** Characters cut at the end of `head` do not count. */
export function isUtf8Head(head: Buffer): boolean {
  for (let cut = 0; cut <= 3; cut++) if (isUtf8(head.subarray(0, head.length - cut))) return true;
  return false;
}
