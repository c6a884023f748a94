import {
  BatchExecuteStatementCommand,
  DescribeStatementCommand,
  type DescribeStatementResponse,
  ExecuteStatementCommand,
} from '@aws-sdk/client-redshift-data';
import { connection, type Redshift, resultOf } from '../shared/redshift';
import { DatabaseRefused } from './errors';

const WAIT_SECONDS = 10;
const ATTEMPTS = 5;

/**
 * Runs the statements in one transaction, waits for their end, and returns the rows of the last one. Two pipelines deployed at once
 * conflict in the catalog now and then, so it is tried again.
 */
export async function runOnRedshift(
  redshift: Redshift,
  sqls: readonly string[],
  sleep: (ms: number) => Promise<void>,
): Promise<string[][]> {
  for (let attempt = 1; ; attempt += 1) {
    const state = await run(redshift, sqls, sleep);
    const last = state.SubStatements?.at(-1);
    if (state.Status === 'FINISHED') {
      if (last?.HasResultSet && last.Id) return resultOf(redshift, last.Id);
      return state.HasResultSet && sqls.length === 1 ? resultOf(redshift, state.Id!) : [];
    }
    const error = state.SubStatements?.find((part) => part.Error)?.Error ?? state.Error ?? `it was ${state.Status}`;
    if (attempt === ATTEMPTS || !CONFLICT.test(error)) {
      throw new DatabaseRefused(
        `Redshift refused the bootstrap of the pipeline's user: ${error} (statement ${state.Id})`,
      );
    }
    await sleep(1_000 * 2 ** attempt);
  }
}

const CONFLICT = /\b1023\b|serializab|concurrent|could not serialize|deadlock|already exists|unique constraint/i;

async function run(
  redshift: Redshift,
  sqls: readonly string[],
  sleep: (ms: number) => Promise<void>,
): Promise<DescribeStatementResponse> {
  const to = connection(redshift);
  const { Id } =
    sqls.length === 1
      ? await redshift.client.send(new ExecuteStatementCommand({ ...to, Sql: sqls[0]! }))
      : await redshift.client.send(new BatchExecuteStatementCommand({ ...to, Sqls: [...sqls] }));
  for (;;) {
    const state = await redshift.client.send(new DescribeStatementCommand({ Id: Id!, WaitTimeSeconds: WAIT_SECONDS }));
    if (state.Status === 'FINISHED' || state.Status === 'FAILED' || state.Status === 'ABORTED') return state;
    // Where WaitTimeSeconds is not honoured, this is what keeps the loop slow.
    await sleep(250);
  }
}
