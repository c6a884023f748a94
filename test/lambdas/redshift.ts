/** The lambdas' cloud with the local Redshift behind its Data API, and a pipeline's user in it, made by the real bootstrap. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CancelStatementCommand, RedshiftDataClient } from '@aws-sdk/client-redshift-data';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateStateMachineCommand, DescribeExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { DuckDBInstance } from '@duckdb/node-api';
import { findRedshiftUser, redshiftStatements } from '../../lambdas/bootstrap/redshift-statements';
import { runOnRedshift } from '../../lambdas/bootstrap/run-on-redshift';
import { finish, type StatementEvent } from '../../lambdas/redshift-statement-finished/finish';
import type { Redshift } from '../../lambdas/shared/redshift';
import type { StatementOwner } from '../../lambdas/shared/statement-item';
import type { StatementServices } from '../../lambdas/shared/statements';
import { databaseName } from '../../lib/local/redshift/names';
import { createRedshiftDataService, type RedshiftDataService } from '../../lib/local/services/redshift-data';
import type { Part } from '../../lib/tasks/common';
import { client } from '../local/wire/services';
import { type LambdaCloud, startLambdaCloud } from './cloud';
import { LOGIN, noSleep, type PostgresCloud, postgresServices, withSession } from './databases';

export const COPY_ROLE = 'arn:aws:iam::000000000000:role/redshift-copy';

export interface RedshiftCloud extends Omit<PostgresCloud, 'query' | 'admin'> {
  /** rows in Aurora */
  readonly queryAurora: PostgresCloud['query'];
  readonly redshiftData: RedshiftDataClient;
  /** as the pipeline's user and role, and as the administrator */
  readonly redshift: Redshift;
  /** Redshift as a role and a database user. */
  redshiftAs(owner: StatementOwner): Redshift;
  readonly admin: Redshift;
  readonly statements: StatementServices;
  /** Rows of a query, run by the administrator, as texts. */
  query(sql: string): Promise<string[][]>;
  /** Stages the rows of a DuckDB query as a Parquet part. */
  putParquet(key: string, sql: string): Promise<Part>;
  putText(key: string, text: string): Promise<void>;
  /** Runs the work while another session holds the table in Redshift. */
  whileLocked<T>(table: string, work: () => Promise<T>): Promise<T>;
  /** Starts a task that waits for a token, and returns that. */
  waitingTask(): Promise<{ readonly token: string; readonly result: () => Promise<TaskResult> }>;
  /** Hands the events that Redshift has sent so far, and those to come, to the function that completes tasks. */
  deliver(event: LambdaCloud['events'][number]): Promise<string>;
  cancel(statementId: string): Promise<void>;
  /** The next event of a statement, once it has been sent. */
  eventOf(statementName: string | RegExp): Promise<LambdaCloud['events'][number]>;
}

export type TaskResult = { output: unknown } | { error: string; cause: string };

/** Both databases: Aurora's connection is `aurora`. */
export async function startRedshiftCloud(options: { callLimitMs?: number } = {}): Promise<RedshiftCloud> {
  const postgres = await postgresServices(options);
  let service: RedshiftDataService | undefined;
  const cloud = await postgres.connect(
    await startLambdaCloud(async (stateDir) => {
      const services = await postgres.services(stateDir);
      service = createRedshiftDataService({ postgres: postgres.server() });
      return [...services, service];
    }),
  );
  await service!.registerNamespace({
    namespace: 'stepwell',
    dbName: 'stepwell',
    adminUser: 'stepwell_admin',
    adminPassword: 'adminPassword1',
    iamRoles: [COPY_ROLE],
  });
  await service!.registerWorkgroup({ workgroup: 'stepwell', namespace: 'stepwell' });

  const redshiftData = new RedshiftDataClient(cloud.settings);
  const on = (dataClient: RedshiftDataClient, secretArn: string): Redshift => ({
    client: dataClient,
    target: { workgroup: 'stepwell', database: 'stepwell', secretArn },
  });
  // This cloud takes the key for the role's name.
  const redshiftAs = ({ roleArn, secretArn }: StatementOwner) =>
    on(new RedshiftDataClient(client(cloud, roleArn.split('/').at(-1))), secretArn);
  const owner = { roleArn: 'arn:aws:iam::000000000000:role/ASIASTATEMENTS', secretArn: cloud.userSecret };
  const admin = on(redshiftData, cloud.adminSecret);
  const redshift = redshiftAs(owner);
  const found = await runOnRedshift(admin, [findRedshiftUser(LOGIN.username)], noSleep);
  await runOnRedshift(
    admin,
    redshiftStatements({ pipeline: 'orders', login: LOGIN, userExists: found.length > 0, schemas: ['analytics'] }),
    noSleep,
  );

  const statements: StatementServices = {
    ledger: cloud.ledger,
    redshift,
    owner,
    stepFunctions: cloud.stepFunctions,
    now: Date.now,
  };
  const machine = await waitingMachine(cloud);
  const scratch = await mkdtemp(join(tmpdir(), 'stepwell-parquet-'));
  const duckdb = await DuckDBInstance.create();
  let tasks = 0;
  let files = 0;
  return {
    ...cloud,
    queryAurora: cloud.query,
    redshiftData,
    redshift,
    redshiftAs,
    admin,
    statements,
    query: (sql) => runOnRedshift(admin, [sql], noSleep),
    async putParquet(key, sql) {
      files += 1;
      const file = join(scratch, `${files}.parquet`);
      const connection = await duckdb.connect();
      const reader = await connection.runAndReadAll(`COPY (${sql}) TO '${file}' (FORMAT parquet)`);
      connection.closeSync();
      const body = await readFile(file);
      const { ETag } = await cloud.s3.send(new PutObjectCommand({ Bucket: 'work', Key: key, Body: body }));
      const rows = Number(reader.getRows()[0]![0]);
      return { key, etag: ETag!.replaceAll('"', ''), length: body.length, rows, format: 'parquet' };
    },
    async putText(key, text) {
      await cloud.s3.send(new PutObjectCommand({ Bucket: 'work', Key: key, Body: text }));
    },
    whileLocked: (table, work) =>
      withSession(cloud.server.adminUrl(databaseName('stepwell')), async (session) => {
        await session.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
        try {
          return await work();
        } finally {
          await session.query('ROLLBACK');
        }
      }),
    async waitingTask() {
      tasks += 1;
      const name = `task-${tasks}`;
      const token = new Promise<string>((resolve) => {
        cloud.functions.set(name, async (payload) => resolve((payload as { token: string }).token));
      });
      const { executionArn } = await cloud.stepFunctions.send(
        new StartExecutionCommand({ stateMachineArn: machine, name, input: JSON.stringify({ name }) }),
      );
      return { token: await token, result: () => resultOf(cloud, executionArn!) };
    },
    deliver: ({ detail }) => finish('orders', { detail } as unknown as StatementEvent, statements),
    async cancel(statementId) {
      await redshiftData.send(new CancelStatementCommand({ Id: statementId }));
    },
    async eventOf(statementName) {
      for (;;) {
        const found = cloud.events.find(({ detail }) =>
          typeof statementName === 'string'
            ? detail.statementName === statementName
            : statementName.test(String(detail.statementName)),
        );
        if (found) return found;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    async close() {
      duckdb.closeSync();
      await cloud.close();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

async function waitingMachine({ stepFunctions }: LambdaCloud): Promise<string> {
  const definition = {
    QueryLanguage: 'JSONata',
    StartAt: 'Task',
    States: {
      Task: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Arguments: {
          FunctionName: '{% $states.input.name %}',
          Payload: { token: '{% $states.context.Task.Token %}' },
        },
        Output: '{% $states.result %}',
        End: true,
      },
    },
  };
  const { stateMachineArn } = await stepFunctions.send(
    new CreateStateMachineCommand({
      name: 'stepwell-orders',
      roleArn: 'arn:aws:iam::000000000000:role/machine',
      definition: JSON.stringify(definition),
    }),
  );
  return stateMachineArn!;
}

async function resultOf({ stepFunctions }: LambdaCloud, executionArn: string): Promise<TaskResult> {
  for (;;) {
    const { status, output, error, cause } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    if (output !== undefined) return { output: JSON.parse(output) };
    if (status === 'FAILED' && error !== undefined) return { error, cause: cause ?? '' };
    // To ask takes some 5 ms of the process that does the work.
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
