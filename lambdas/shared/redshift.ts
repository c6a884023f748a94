/** Statements in Redshift, through its Data API: submit, look up, explain. */
import {
  BatchExecuteStatementCommand,
  DescribeStatementCommand,
  type DescribeStatementResponse,
  ExecuteStatementCommand,
  GetStatementResultCommand,
  type RedshiftDataClient,
} from '@aws-sdk/client-redshift-data';
import { StatementFailed } from '../../lib/tasks/errors';
import { noteStatement } from './usage';

/** Where statements run and as whom. */
export interface RedshiftTarget {
  readonly workgroup: string;
  readonly database: string;
  readonly secretArn: string;
}

export interface Redshift {
  readonly client: RedshiftDataClient;
  /** absent where statements are only looked up */
  readonly target?: RedshiftTarget | undefined;
}

/** Statuses that will not change any more; all others mean "not yet". */
export type Ended = 'FINISHED' | 'FAILED' | 'ABORTED';

export interface StatementState {
  readonly id: string;
  readonly ended?: Ended | undefined;
  readonly error?: string | undefined;
  /** Redshift's own ids of the queries, of the failed part of a batch first: for sys_load_error_detail */
  readonly queryIds: readonly number[];
  /** id of the last part of the batch that has a result */
  readonly resultId?: string | undefined;
}

export const MAX_STATEMENTS_IN_A_BATCH = 40;

/** Runs the statements in one transaction and returns at once; an event tells when they have ended. */
export async function submitBatch(
  redshift: Redshift,
  batch: { sqls: readonly string[]; name: string; clientToken: string },
): Promise<string> {
  if (batch.sqls.length > MAX_STATEMENTS_IN_A_BATCH) {
    throw new StatementFailed(
      `Redshift takes at most ${MAX_STATEMENTS_IN_A_BATCH} statements in a batch, and this load needs ${batch.sqls.length}, one COPY for each set of columns that its parts have. ` +
        "So many different ones are more likely wrong files. Name the columns that belong in the contract, set newColumns: 'ignore' for others, and deploy; " +
        'then load the files anew (a redrive would go on with the old definition).',
    );
  }
  const { Id } = await redshift.client.send(
    new BatchExecuteStatementCommand({
      ...connection(redshift),
      Sqls: [...batch.sqls],
      StatementName: batch.name,
      ClientToken: batch.clientToken,
      WithEvent: true,
    }),
  );
  noteStatement(Id!, null);
  return Id!;
}

/** Undefined: Redshift does not know it, or no longer (it forgets after 24 hours). */
export async function describe(redshift: Redshift, id: string): Promise<StatementState | undefined> {
  try {
    return stateOf(await redshift.client.send(new DescribeStatementCommand({ Id: id })));
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

/** Rows of a small result, as texts. */
export async function resultOf(redshift: Redshift, id: string): Promise<string[][]> {
  const { Records } = await redshift.client.send(new GetStatementResultCommand({ Id: id }));
  return (Records ?? []).map((record) =>
    record.map((field) => {
      const value = field.stringValue ?? field.longValue ?? field.doubleValue ?? field.booleanValue;
      return value === undefined ? '' : String(value);
    }),
  );
}

/** The warehouse did not answer a short question in time, or could not do what was asked this time. A retry may mend it. */
export class RedshiftTransient extends Error {
  override name = 'RedshiftTransient';
}

/** Names of a table's columns, or undefined where there is no such table. The one question that cannot wait for an event. */
export async function columnsOfTable(redshift: Redshift, schema: string, table: string): Promise<string[] | undefined> {
  const rows = await ask(
    redshift,
    'SELECT column_name FROM information_schema.columns WHERE table_schema = :schema AND table_name = :table',
    { schema: schema.toLowerCase(), table: table.toLowerCase() },
    30,
  );
  if (rows === undefined) {
    throw new RedshiftTransient(`Redshift did not tell the columns of ${schema}.${table} within 30 seconds.`);
  }
  return rows.length === 0 ? undefined : rows.map(([name]) => name!);
}

/** Changes of tables, in a transaction of their own. What is not done in time may be done all the same: look again. */
export async function alterTables(redshift: Redshift, sqls: readonly string[], waitSeconds = 30): Promise<void> {
  const { Id } = await redshift.client.send(
    new BatchExecuteStatementCommand({ ...connection(redshift), Sqls: [...sqls] }),
  );
  const state = stateOf(
    await redshift.client.send(new DescribeStatementCommand({ Id: Id!, WaitTimeSeconds: waitSeconds })),
  );
  if (state.ended === 'FINISHED') return;
  throw new RedshiftTransient(
    `Redshift has not run ${sqls[0]} and ${sqls.length - 1} more within ${waitSeconds} seconds${state.error ? `: ${state.error}` : ', as others use the table'}.`,
  );
}

/** Runs a short query and waits for its rows; undefined if it is not done in time, or failed. */
async function ask(
  redshift: Redshift,
  sql: string,
  parameters: Readonly<Record<string, string>>,
  waitSeconds: number,
): Promise<string[][] | undefined> {
  const { Id } = await redshift.client.send(
    new ExecuteStatementCommand({
      ...connection(redshift),
      Sql: sql,
      ...(Object.keys(parameters).length > 0
        ? { Parameters: Object.entries(parameters).map(([name, value]) => ({ name, value })) }
        : {}),
    }),
  );
  const state = stateOf(
    await redshift.client.send(new DescribeStatementCommand({ Id: Id!, WaitTimeSeconds: waitSeconds })),
  );
  return state.ended === 'FINISHED' && state.resultId ? resultOf(redshift, state.resultId) : undefined;
}

/**
 * File, line, column and reason of a COPY that failed. A user sees the details of its own loads. Best effort, and a few seconds
 * at most: the failure itself must be told in any case.
 */
export async function loadErrors(redshift: Redshift, queryIds: readonly number[], waitSeconds = 5): Promise<string[]> {
  const ids = queryIds.filter((id) => Number.isSafeInteger(id) && id > 0);
  if (ids.length === 0 || !redshift.target) return [];
  try {
    const rows = await ask(
      redshift,
      'SELECT TRIM(file_name), line_number, TRIM(column_name), TRIM(error_message) FROM sys_load_error_detail ' +
        `WHERE query_id IN (${ids.join(', ')}) ORDER BY line_number LIMIT 3`,
      {},
      waitSeconds,
    );
    if (!rows) return [];
    return rows.map(([file, line, column, reason]) => `${file}, line ${line}, column ${column}: ${reason}`);
  } catch {
    return [];
  }
}

export function connection({ target }: Redshift) {
  if (!target) throw new Error('No Redshift workgroup is configured for this function.');
  return { WorkgroupName: target.workgroup, Database: target.database, SecretArn: target.secretArn };
}

function stateOf(answer: DescribeStatementResponse): StatementState {
  const parts = answer.SubStatements ?? [];
  const failed = parts.find((part) => part.Status === 'FAILED');
  const withResult = parts.findLast((part) => part.HasResultSet);
  noteTime(answer);
  return {
    id: answer.Id!,
    ended: ENDED[answer.Status ?? ''],
    error: failed?.Error ?? answer.Error,
    queryIds: [failed?.RedshiftQueryId, answer.RedshiftQueryId].filter((id) => id !== undefined),
    resultId: withResult?.Id ?? (answer.HasResultSet ? answer.Id : undefined),
  };
}

/** How long it has taken, of one that has ended. */
function noteTime({ Id, Status, Duration, UpdatedAt }: DescribeStatementResponse): void {
  if (ENDED[Status ?? ''] === undefined || Duration === undefined || Duration < 0 || UpdatedAt === undefined) return;
  const ms = Math.round(Duration / 1e6);
  noteStatement(Id!, [UpdatedAt.getTime() - ms, ms]);
}

const ENDED: Readonly<Record<string, Ended>> = { FINISHED: 'FINISHED', FAILED: 'FAILED', ABORTED: 'ABORTED' };
