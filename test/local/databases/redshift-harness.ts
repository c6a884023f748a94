import type { DescribeStatementResponse, GetStatementResultResponse } from '@aws-sdk/client-redshift-data';
import type { Clock } from '../../../lib/local/service';
import { createRedshiftDataService, type RedshiftDataService } from '../../../lib/local/services/redshift-data';
import { startTestCloud, type TestCloud } from './harness';

export const COPY_ROLE = 'arn:aws:iam::000000000000:role/redshift-copy';
export const ADMIN = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:redshift-admin';

export interface Warehouse {
  readonly cloud: TestCloud;
  readonly service: RedshiftDataService;
  /** Runs one statement to its end; rejects with its error text. Rows as plain values. */
  run(sql: string, options?: { secret?: string; parameters?: Record<string, string> }): Promise<unknown[][]>;
  /** Runs a batch to its end. */
  batch(sqls: readonly string[], options?: object): Promise<DescribeStatementResponse>;
  submit(sqls: readonly string[], options?: object): Promise<string>;
  describe(id: string, wait?: boolean): Promise<DescribeStatementResponse>;
  result(id: string): Promise<unknown[][]>;
  close(): Promise<void>;
}

export async function startWarehouse({
  clock,
  stateDir,
}: {
  clock?: Clock;
  stateDir?: string;
} = {}): Promise<Warehouse> {
  const cloud = await startTestCloud({ ...(clock ? { clock } : {}), ...(stateDir ? { stateDir } : {}) });
  const service = createRedshiftDataService({ postgres: cloud.postgres });
  await service.start!(cloud.context);
  await service.registerNamespace({
    namespace: 'stepwell',
    dbName: 'stepwell',
    adminUser: 'admin',
    adminPassword: 'Admin123',
    iamRoles: [COPY_ROLE],
  });
  await service.registerWorkgroup({ workgroup: 'stepwell', namespace: 'stepwell' });
  cloud.secrets.set(ADMIN, JSON.stringify({ username: 'admin', password: 'Admin123' }));
  const target = (options: object = {}) => ({
    WorkgroupName: 'stepwell',
    Database: 'stepwell',
    SecretArn: ADMIN,
    ...options,
  });

  const describe = (id: string, wait = true) =>
    cloud.invoke<DescribeStatementResponse>(service, 'DescribeStatement', {
      Id: id,
      ...(wait ? { WaitTimeSeconds: 20 } : {}),
    });
  const result = async (id: string) => {
    const rows: unknown[][] = [];
    let NextToken: string | undefined;
    do {
      const page = await cloud.invoke<GetStatementResultResponse>(service, 'GetStatementResult', {
        Id: id,
        ...(NextToken ? { NextToken } : {}),
      });
      rows.push(...page.Records!.map((row) => row.map((field) => (field.isNull ? null : Object.values(field)[0]))));
      NextToken = page.NextToken;
    } while (NextToken);
    return rows;
  };
  const submit = async (sqls: readonly string[], options?: object) =>
    (await cloud.invoke<{ Id: string }>(service, 'BatchExecuteStatement', { ...target(options), Sqls: sqls })).Id;

  return {
    cloud,
    service,
    describe,
    result,
    submit,
    async run(sql, { secret, parameters } = {}) {
      const Parameters = Object.entries(parameters ?? {}).map(([name, value]) => ({ name, value }));
      const input = { ...target(secret ? { SecretArn: secret } : {}), Sql: sql, ...(parameters ? { Parameters } : {}) };
      const { Id } = await cloud.invoke<{ Id: string }>(service, 'ExecuteStatement', input);
      const state = await describe(Id);
      if (state.Status !== 'FINISHED') throw new Error(`${state.Status} ${state.Error}`);
      return state.HasResultSet ? result(Id) : [];
    },
    async batch(sqls, options) {
      return describe(await submit(sqls, options));
    },
    async close() {
      await service.stop!();
      await cloud.close();
    },
  };
}
