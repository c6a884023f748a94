/**
 * Sample files as a shop would export them, the same on every machine: about 50,000 rows in five files, among them one gzip,
 * one NDJSON, one with bad rows, and one that arrives twice.
 */
import { gzipSync } from 'node:zlib';
import { type ExportRow, HEADERS, ordersOf } from './sample-shop';

export interface SampleFile {
  readonly key: string;
  readonly body: Buffer;
  /** how often it is dropped */
  readonly times: number;
  /** rows that must end in quarantine */
  readonly bad: number;
}

const ROWS_PER_FILE = 10_000;

export function sampleFiles(): SampleFile[] {
  const months = ['2026-01', '2026-02', '2026-03', '2026-04', '2026-05'];
  const files = months.map((month, index) =>
    ordersOf({ month, seed: index + 1, firstOrder: 1001 + index * 10_000, rows: ROWS_PER_FILE }),
  );
  const [january, february, march, april, may] = files as [
    ExportRow[],
    ExportRow[],
    ExportRow[],
    ExportRow[],
    ExportRow[],
  ];
  return [
    { key: 'orders/2026-01.csv', body: csvOf(january), times: 2, bad: 0 },
    { key: 'orders/2026-02.csv.gz', body: gzipSync(csvOf(february), { level: 6 }), times: 1, bad: 0 },
    { key: 'orders/2026-03.ndjson', body: ndjsonOf(march), times: 1, bad: 0 },
    { key: 'orders/2026-04.csv', ...withBadRows(april), times: 1 },
    { key: 'orders/2026-05 späte Bestellungen+Ersatz.csv', body: csvOf(may, '\r\n'), times: 1, bad: 0 },
  ];
}

function csvOf(rows: readonly ExportRow[], newline = '\n'): Buffer {
  const lines = [HEADERS, ...rows.map((row) => HEADERS.map((header) => row[header] ?? ''))];
  return Buffer.from(lines.map((line) => line.map(quoted).join(',')).join(newline) + newline);
}

const quoted = (value: string): string => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);

const ndjsonOf = (rows: readonly ExportRow[]): Buffer =>
  Buffer.from(
    `${rows.map((row) => JSON.stringify(Object.fromEntries(HEADERS.map((header) => [header, row[header] || null])))).join('\n')}\n`,
  );

/** What goes wrong in real exports: a number with a unit, a date that does not exist, a field too many, a key that is missing. */
function withBadRows(rows: readonly ExportRow[]): { body: Buffer; bad: number } {
  const spoil: Record<number, (row: ExportRow) => ExportRow> = {
    999: (row) => ({ ...row, 'Lineitem quantity': '2 pcs' }),
    2500: (row) => ({ ...row, 'Created at': '2026-04-31 10:00:00 -0400' }),
    4321: (row) => ({ ...row, 'Lineitem price': '19.999' }),
    6000: (row) => ({ ...row, 'Lineitem sku': '' }),
    8765: (row) => ({ ...row, Currency: 'EURO' }),
  };
  const body = csvOf(rows.map((row, index) => spoil[index]?.(row) ?? row));
  return {
    body: Buffer.concat([body, Buffer.from('#19999,broken@example.com,paid\n')]),
    bad: Object.keys(spoil).length + 1,
  };
}
