import { ExecuteStatementCommand } from '@aws-sdk/client-rds-data';
import type { Postgres } from '../shared/postgres';
import { DatabaseRefused } from './errors';

/** A cluster that is paused at 0 ACU needs about 15 seconds to resume, a cold one longer. */
const RESUME_ATTEMPTS = 40;
const RESUME_WAIT_MS = 5_000;
const CONFLICT_ATTEMPTS = 5;

/** Runs the statements one after the other, and returns the rows of the last one as texts. */
export async function runOnPostgres(
  postgres: Postgres,
  sqls: readonly string[],
  sleep: (ms: number) => Promise<void>,
): Promise<string[][]> {
  let rows: string[][] = [];
  for (const sql of sqls) rows = await run(postgres, sql, sleep);
  return rows;
}

async function run(postgres: Postgres, sql: string, sleep: (ms: number) => Promise<void>): Promise<string[][]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { records = [] } = await postgres.client.send(
        new ExecuteStatementCommand({
          resourceArn: postgres.clusterArn,
          secretArn: postgres.secretArn,
          database: postgres.database,
          sql,
        }),
      );
      return records.map((record) => record.map((field) => field.stringValue ?? ''));
    } catch (error) {
      const { name, message } = error as Error;
      if (RESUMING.has(name) && attempt < RESUME_ATTEMPTS) await sleep(RESUME_WAIT_MS);
      // Two pipelines deployed at once: "tuple concurrently updated", or both create the same schema.
      else if (CONFLICT.test(message) && attempt < CONFLICT_ATTEMPTS) await sleep(500 * 2 ** attempt);
      else if (name === 'DatabaseErrorException') {
        throw new DatabaseRefused(`PostgreSQL refused the bootstrap of the pipeline's user: ${message}`, {
          cause: error,
        });
      } else throw error;
    }
  }
}

const RESUMING = new Set(['DatabaseResumingException', 'DatabaseUnavailableException', 'ServiceUnavailableError']);
const CONFLICT = /concurrently updated|SQLState: (23505|40001|40P01|42710|42P06)/i;
