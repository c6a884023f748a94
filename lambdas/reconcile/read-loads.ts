/** The latest rows of a load ledger. Asking wakes a database that sleeps: half a minute for Redshift, some seconds for Aurora. */
import { ExecuteStatementCommand as PostgresStatement } from '@aws-sdk/client-rds-data';
import { DescribeStatementCommand, ExecuteStatementCommand as RedshiftStatement } from '@aws-sdk/client-redshift-data';
import type { LedgerLoad, LoadDatabase } from '../../lib/tasks/reconcile';
import { LOADS } from '../shared/load-ledger-sql';
import { pipelineSchema } from '../shared/names';
import type { Postgres } from '../shared/postgres';
import { connection, type Redshift, RedshiftTransient, resultOf } from '../shared/redshift';
import { literal, qualified } from '../shared/sql';

/** An answer of the Data API has a mebibyte. */
export const MOST_LOADS = 2000;

/** `since`: ISO 8601. The newest first. */
export function loadsSql(pipeline: string, since: string): string {
  return (
    `SELECT load_key, table_name, generation, run_id, "rows" FROM ${qualified(pipelineSchema(pipeline), LOADS)} ` +
    `WHERE published_at >= ${literal(since.replace('T', ' ').replace('Z', ''))} ORDER BY published_at DESC LIMIT ${MOST_LOADS}`
  );
}

export interface Asking {
  /** milliseconds that are left */
  readonly remainingMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

const ENOUGH_MS = 60_000;

export async function redshiftLoads(redshift: Redshift, sql: string, { remainingMs }: Asking): Promise<LedgerLoad[]> {
  const { Id } = await redshift.client.send(new RedshiftStatement({ ...connection(redshift), Sql: sql }));
  for (;;) {
    const { Status, Error: reason } = await redshift.client.send(
      new DescribeStatementCommand({ Id: Id!, WaitTimeSeconds: 30 }),
    );
    if (Status === 'FINISHED') return (await resultOf(redshift, Id!)).map((row) => loadOf('redshift', row));
    if (Status === 'FAILED' || Status === 'ABORTED')
      throw new RedshiftTransient(`Redshift could not read the load ledger: ${reason}`);
    if (remainingMs() < ENOUGH_MS) throw new RedshiftTransient('Redshift did not read the load ledger in time.');
  }
}

const WAKING_MS = 5_000;

export async function postgresLoads(postgres: Postgres, sql: string, asking: Asking): Promise<LedgerLoad[]> {
  for (;;) {
    try {
      const { records = [] } = await postgres.client.send(
        new PostgresStatement({
          resourceArn: postgres.clusterArn,
          secretArn: postgres.secretArn,
          database: postgres.database,
          sql,
        }),
      );
      return records.map((record) =>
        loadOf(
          'postgres',
          record.map(({ stringValue, longValue }) => stringValue ?? String(longValue ?? '')),
        ),
      );
    } catch (error) {
      const isWaking = error instanceof Error && error.name === 'DatabaseResumingException';
      if (!isWaking || asking.remainingMs() < ENOUGH_MS) throw error;
      await asking.sleep(WAKING_MS);
    }
  }
}

function loadOf(
  database: LoadDatabase,
  [loadKey = '', table = '', generation, runId = '', rows]: readonly string[],
): LedgerLoad {
  return { database, loadKey, table, generation: Number(generation), runId, rows: Number(rows) };
}
