import type {
  ColumnMetadata,
  ExecuteStatementRequest,
  ExecuteStatementResponse,
  Field,
} from '@aws-sdk/client-rds-data';
import type { PoolClient, QueryArrayResult } from 'pg';
import type { OperationOf } from '../stateful';
import { badRequest, unsupportedResult } from './errors';
import { type CatalogColumn, columnMetadata, fieldReader, jsonValue } from './fields';
import { numberParameters } from './parameters';
import { run, withinTimeLimit } from './run';
import { checkSizes, login, type RdsData } from './state';

export const ExecuteStatement: OperationOf<RdsData, ExecuteStatementRequest, ExecuteStatementResponse> = (current) => ({
  authorize: ({ resourceArn }) => [{ action: 'rds-data:ExecuteStatement', resource: resourceArn ?? '*' }],

  async handle(input, context) {
    const state = current();
    checkSizes(state.limits, input.sql, input);
    if (input.schema) throw badRequest('The schema parameter is not supported for Aurora PostgreSQL.');
    if (input.transactionId && input.continueAfterTimeout) {
      throw badRequest('The continueAfterTimeout parameter is not supported in a transaction.');
    }
    const statement = numberParameters(input.sql, input.parameters);
    const work = async (client: PoolClient): Promise<ExecuteStatementResponse> => {
      const result = await run(client, statement);
      return respond(client, input, result, state.limits.responseBytes);
    };
    const { transactionId } = input;
    const user = await login(state, input, context);
    return withinTimeLimit(state, { goOn: input.continueAfterTimeout }, (started) => {
      const watched = (client: PoolClient) => {
        started(client);
        return work(client);
      };
      return transactionId ? state.sessions.within(transactionId, watched) : state.sessions.once(user, watched);
    });
  },
});

const COUNTED = ['INSERT', 'UPDATE', 'DELETE', 'MERGE'];

async function respond(
  client: PoolClient,
  input: ExecuteStatementRequest,
  result: QueryArrayResult<(string | null)[]>,
  limitBytes: number,
): Promise<ExecuteStatementResponse> {
  const numberOfRecordsUpdated = COUNTED.includes(result.command) ? (result.rowCount ?? 0) : 0;
  if (result.fields.length === 0) return { generatedFields: [], numberOfRecordsUpdated };

  const readers = result.fields.map((field) => fieldReader(field.dataTypeID, input.resultSetOptions));
  const records: Field[][] = result.rows.map((row) => row.map((raw, column) => readers[column]!(raw)));
  const json = input.formatRecordsAs === 'JSON';
  const formattedRecords = json
    ? stringify(
        records.map((record) =>
          Object.fromEntries(record.map((field, column) => [result.fields[column]!.name, jsonValue(field)])),
        ),
      )
    : undefined;
  const size = (formattedRecords ?? stringify(records)).length;
  if (size > limitBytes) throw unsupportedResult('Database returned more than the allowed response size limit');
  const metadata = input.includeResultMetadata && !json ? await describe(client, result) : undefined;
  return {
    numberOfRecordsUpdated,
    ...(json ? { formattedRecords } : { records }),
    ...(metadata ? { columnMetadata: metadata } : {}),
  };
}

/** JSON with exact integers; the length in bytes is what counts against the limit. */
function stringify(value: unknown): string {
  return JSON.stringify(value, (_key, item) => {
    if (typeof item === 'bigint') return Number(item);
    return item instanceof Uint8Array ? Buffer.from(item).toString('base64') : item;
  });
}

async function describe(client: PoolClient, { fields }: QueryArrayResult): Promise<ColumnMetadata[]> {
  const { rows } = await client.query<{ type: number; table: number; column: number; about: CatalogColumn }>(
    `SELECT f.type, f."table", f."column", json_build_object('typeName', t.typname, 'schemaName', n.nspname, 'tableName', c.relname,
       'notNull', a.attnotnull, 'identity', a.attidentity <> '' OR pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%') AS about
     FROM unnest($1::oid[], $2::oid[], $3::int2[]) AS f(type, "table", "column")
     JOIN pg_type t ON t.oid = f.type
     LEFT JOIN pg_class c ON c.oid = f."table" LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = f."column"
     LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum`,
    [
      fields.map((field) => field.dataTypeID),
      fields.map((field) => field.tableID),
      fields.map((field) => field.columnID),
    ],
  );
  return fields.map((field) => {
    const row = rows.find(
      ({ type, table, column }) => type === field.dataTypeID && table === field.tableID && column === field.columnID,
    );
    const about = Object.entries(row?.about ?? { typeName: 'unknown' }).filter(([, value]) => value !== null);
    return columnMetadata(field, Object.fromEntries(about) as unknown as CatalogColumn);
  });
}
