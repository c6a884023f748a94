/** SQL through the Data APIs, as the user of a pipeline. */
import { ExecuteStatementCommand, type Field, RDSDataClient } from '@aws-sdk/client-rds-data';
import {
  DescribeStatementCommand,
  ExecuteStatementCommand as ExecuteRedshiftCommand,
  GetStatementResultCommand,
  RedshiftDataClient,
  type Field as RedshiftField,
} from '@aws-sdk/client-redshift-data';
import type { Connection, Deployed } from './connection';
import { prefixOf } from './environment';
import { UserError } from './errors';

export type DatabaseName = 'redshift' | 'aurora';
export type Value = string | number | boolean | null;

export interface QueryResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Value[])[];
  /** rows that a statement without a result has changed */
  readonly changed?: number;
}

/** The foundation's name for the database in both services. */
export const DATABASE = 'stepwell';

/** Of the pipeline's user. */
export const secretOf = (
  { environment }: Pick<Deployed, 'environment'>,
  { database, pipeline }: { readonly database: DatabaseName; readonly pipeline: string },
): string => `${prefixOf(environment)}/${pipeline}/${database === 'aurora' ? 'postgres' : 'redshift'}`;

/** @throws {UserError} with what the database says */
export function runQuery(
  { client }: Pick<Connection, 'client'>,
  { foundation, environment }: Deployed,
  target: { readonly database: DatabaseName; readonly pipeline: string },
  sql: string,
): Promise<QueryResult> {
  const secret = secretOf({ environment }, target);
  return target.database === 'aurora'
    ? onAurora(new RDSDataClient(client), { resourceArn: foundation.AuroraClusterArn!, secretArn: secret }, sql)
    : onRedshift(
        new RedshiftDataClient(client),
        { WorkgroupName: foundation.RedshiftWorkgroupName!, SecretArn: secret },
        sql,
      );
}

async function onAurora(
  client: RDSDataClient,
  where: { resourceArn: string; secretArn: string },
  sql: string,
): Promise<QueryResult> {
  const result = await client
    .send(new ExecuteStatementCommand({ ...where, database: DATABASE, sql, includeResultMetadata: true }))
    .catch((error: Error) => {
      if (error.name === 'DatabaseErrorException' || error.name === 'BadRequestException')
        throw new UserError(error.message);
      throw error;
    });
  const { columnMetadata = [], records = [], numberOfRecordsUpdated } = result;
  return {
    columns: columnMetadata.map(({ label, name }) => label ?? name ?? ''),
    rows: records.map((record) => record.map(cellOf)),
    ...(columnMetadata.length === 0 ? { changed: numberOfRecordsUpdated ?? 0 } : {}),
  };
}

const FIRST_POLL_MS = 50;
const LONGEST_POLL_MS = 1000;

async function onRedshift(
  client: RedshiftDataClient,
  where: { WorkgroupName: string; SecretArn: string },
  sql: string,
): Promise<QueryResult> {
  const { Id } = await client.send(new ExecuteRedshiftCommand({ ...where, Database: DATABASE, Sql: sql }));
  for (let wait = FIRST_POLL_MS; ; wait = Math.min(wait * 2, LONGEST_POLL_MS)) {
    const { Status, Error: error, HasResultSet, ResultRows } = await client.send(new DescribeStatementCommand({ Id }));
    if (Status === 'FAILED' || Status === 'ABORTED')
      throw new UserError(error ?? `The statement was ${Status.toLowerCase()}.`);
    if (Status === 'FINISHED') {
      return HasResultSet ? resultOf(client, Id!) : { columns: [], rows: [], changed: Math.max(0, ResultRows ?? 0) };
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

async function resultOf(client: RedshiftDataClient, Id: string): Promise<QueryResult> {
  const rows: Value[][] = [];
  let columns: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(new GetStatementResultCommand({ Id, NextToken }));
    columns = (page.ColumnMetadata ?? []).map(({ label, name }) => label ?? name ?? '');
    rows.push(...(page.Records ?? []).map((record) => record.map(cellOf)));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return { columns, rows };
}

function cellOf(field: Field | RedshiftField): Value {
  if (field.isNull) return null;
  if (field.blobValue !== undefined) return `\\x${Buffer.from(field.blobValue).toString('hex')}`;
  if ('arrayValue' in field && field.arrayValue !== undefined) return JSON.stringify(field.arrayValue);
  return field.stringValue ?? field.longValue ?? field.doubleValue ?? field.booleanValue ?? null;
}
