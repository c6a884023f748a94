/** Calls of the pipeline's functions in Aurora, through the RDS Data API. */
import { ExecuteStatementCommand, type RDSDataClient } from '@aws-sdk/client-rds-data';
import { RowsDoNotReconcile, StatementFailed, StillRunning } from '../../lib/tasks/errors';
import { ROWS_DO_NOT_RECONCILE } from './load-ledger-sql';
import { identifier } from './sql';

export interface Postgres {
  readonly client: RDSDataClient;
  readonly clusterArn: string;
  readonly database: string;
  readonly secretArn: string;
}

/** The database could not do it this time: a deadlock, a failover, too many connections. A retry may mend it. */
export class PostgresTransient extends Error {
  override name = 'PostgresTransient';
}

/** Calls `<schema>.<name>(plan)` and returns its answer. Throws `StillRunning` where it, or an earlier call, goes on in the database. */
export async function callFunction<T>(postgres: Postgres, schema: string, name: string, plan: object): Promise<T> {
  const answer = await explained(name, () =>
    postgres.client.send(
      new ExecuteStatementCommand({
        resourceArn: postgres.clusterArn,
        secretArn: postgres.secretArn,
        database: postgres.database,
        sql: `SELECT ${identifier(schema)}.${identifier(name)}(CAST(:plan AS jsonb))`,
        parameters: [{ name: 'plan', value: { stringValue: JSON.stringify(plan) } }],
        continueAfterTimeout: true,
      }),
    ),
  );
  const text = answer.records?.[0]?.[0]?.stringValue;
  if (text === undefined) throw new PostgresTransient(`The Data API returned no answer of ${name}.`);
  const result = JSON.parse(text) as { status: string };
  if (result.status === 'running') throw new StillRunning(`An earlier call of ${name} still runs in the database.`);
  return result as T;
}

/** Runs one statement without a result. */
export async function runStatement(postgres: Postgres, sql: string): Promise<void> {
  await explained('the statement', () =>
    postgres.client.send(
      new ExecuteStatementCommand({
        resourceArn: postgres.clusterArn,
        secretArn: postgres.secretArn,
        database: postgres.database,
        sql,
      }),
    ),
  );
}

/** A call of the Data API; its errors by the names that Retry knows. */
export async function explained<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw error instanceof Error ? explain(what, error) : error;
  }
}

/** A database's error comes as text that ends in `SQLState: 22001`; there is no other place where it says which it is. */
function explain(what: string, error: Error): Error {
  if (
    error.name === 'StatementTimeoutException' ||
    (error.name === 'BadRequestException' && /timed out/i.test(error.message))
  ) {
    return new StillRunning(`The Data API stopped waiting for ${what} after 45 seconds; the database goes on with it.`);
  }
  if (error.name !== 'DatabaseErrorException' && error.name !== 'BadRequestException') return error;
  const state = /SQLState: ([0-9A-Z]{5})/.exec(error.message)?.[1];
  const message = plainMessage(error.message);
  if (state === ROWS_DO_NOT_RECONCILE)
    return new RowsDoNotReconcile(`${message}. Nothing was published.`, { cause: error });
  if (state === undefined) return error;
  if (TRANSIENT_STATES.test(state))
    return new PostgresTransient(`PostgreSQL: ${message} (SQLSTATE ${state}).`, { cause: error });
  return new StatementFailed(`PostgreSQL refused ${what}: ${message} (SQLSTATE ${state}).`, { cause: error });
}

/** Connection, rollback (deadlock, serialization), resources, operator intervention, system errors; a lock that was not free. */
const TRANSIENT_STATES = /^(08|40|53|57|58|XX|55P03)/;

/** Without the lines that say where in our functions it happened; COPY's line of the file stays. */
function plainMessage(message: string): string {
  return message
    .replace(/;? ?SQLState: [0-9A-Z]{5}.*$/s, '')
    .split('\n')
    .map((line) => line.trim())
    .filter(
      (line) =>
        line !== '' &&
        !/PL\/pgSQL function|SQL statement "|^PL\/pgSQL|^"?(SELECT|INSERT|DELETE|MERGE|CREATE|EXECUTE) /.test(line),
    )
    .join('; ')
    .replace(/^ERROR: /, '')
    .replace(/\.$/, '');
}
