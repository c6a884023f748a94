/** The MySQL extract, as its function does it, and mysql2's stream of the same rows with nothing done. */
import { createConnection } from 'mysql2';
import { mysql } from '../../../../lambdas/extract-mysql/mysql';
import { s3 } from '../../../../lambdas/shared/clients';
import { extractTable } from '../../../../lambdas/shared/tables/extract-table';
import type { ExtractRowsInput } from '../../../../lib/tasks/extract-rows';

export interface MysqlEvent {
  readonly reader: 'stepwell' | 'mysql2';
  readonly login: { readonly port: number; readonly username: string; readonly password: string };
  readonly input: Extract<ExtractRowsInput, { action: 'extract' }>;
  readonly sql: string;
}

export async function handler(
  { reader, login, input, sql }: MysqlEvent,
  { awsRequestId }: { awsRequestId: string },
): Promise<{ rows: number }> {
  if (reader === 'mysql2') return { rows: await streamAlone(login, sql) };
  const secret = { host: '127.0.0.1', dbname: 'bench', ...login };
  const { staged, checkpoint } = await extractTable(input, mysql, {
    s3: s3(),
    workBucket: process.env.WORK_BUCKET!,
    attempt: awsRequestId,
    secrets: { read: async () => secret },
    remainingMs: () => 900_000,
  });
  if (checkpoint !== null) throw new Error('It read a part only.');
  return staged;
}

async function streamAlone({ port, username, password }: MysqlEvent['login'], sql: string): Promise<number> {
  const connection = createConnection({
    host: '127.0.0.1',
    port,
    user: username,
    password,
    database: 'bench',
    dateStrings: true,
    supportBigNumbers: true,
  });
  let rows = 0;
  for await (const _row of connection.query(sql).stream({ highWaterMark: 1000 })) rows++;
  connection.destroy();
  return rows;
}
