/** The rows in quarantine, file by file and line by line. */
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { RejectedRow } from '../tasks/common';
import { type Connection, deployed, s3Of } from './connection';
import { Refused } from './errors';
import type { RunRow } from './ledger';
import { plural } from './text';

export type BadRow = RejectedRow;

/** Objects that are gone, discarded or expired, are passed over. */
export async function* badRowsIn(connection: Connection, keys: readonly string[]): AsyncGenerator<BadRow> {
  if (keys.length === 0) return;
  const { foundation } = await deployed(connection);
  const s3 = s3Of(connection);
  for (const key of keys) {
    const stream = await openObject(s3, foundation.WorkBucketName!, key);
    if (stream === undefined) continue;
    try {
      let rest = '';
      for await (const chunk of stream.setEncoding('utf8')) {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line !== '') yield JSON.parse(line) as BadRow;
      }
    } finally {
      stream.destroy();
    }
  }
}

type Stream = NodeJS.ReadableStream & { destroy(): void };

async function openObject(s3: S3Client, bucket: string, key: string): Promise<Stream | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Body as unknown as Stream;
  } catch (error) {
    if ((error as Error).name === 'NoSuchKey') return undefined;
    throw error;
  }
}

/** Read object by object, line by line, until there are enough; those before `from` are passed over. */
export async function badRowsOf(
  connection: Connection,
  { quarantine = [] }: Pick<RunRow, 'quarantine'>,
  limit: number,
  from = 0,
): Promise<{ rows: BadRow[]; more: boolean }> {
  const rows: BadRow[] = [];
  let passed = 0;
  for await (const row of badRowsIn(connection, quarantine)) {
    if (passed++ < from) continue;
    if (rows.length === limit) return { rows, more: true };
    rows.push(row);
  }
  return { rows, more: false };
}

/** The text of one, of all of the run's, counted from 0. @throws {Refused} where there is none so far */
export async function badRowAt(connection: Connection, run: Pick<RunRow, 'quarantine'>, at: number): Promise<BadRow> {
  const { rows } = await badRowsOf(connection, run, 1, at);
  if (rows[0] === undefined) throw new Refused(`The run has no bad row ${at + 1} in quarantine.`);
  return rows[0];
}

/** `quarantine/<pipeline>/<source>/<run>/…` */
export const sourceOfKey = (key: string): string => key.split('/')[2] ?? '';

/** How many rows of which file, or of which source where it answers in rows. */
export async function countBadRows(
  connection: Connection,
  { quarantine = [] }: Pick<RunRow, 'quarantine'>,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for await (const { key, source } of badRowsIn(connection, quarantine)) {
    const of = key ?? source ?? 'a source';
    counts.set(of, (counts.get(of) ?? 0) + 1);
  }
  return counts;
}

const SHOWN = 10;

/** `6 rows of orders/2026-04.csv, 1 row of orders/2026-05.csv` */
export function countsText(counts: ReadonlyMap<string, number>): string {
  const all = [...counts].map(([of, rows]) => `${plural(rows, 'row')} of ${of}`);
  return all.length > SHOWN ? `${all.slice(0, SHOWN).join(', ')} and of ${all.length - SHOWN} more` : all.join(', ');
}
