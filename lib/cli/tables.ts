/** The tables that pipelines publish into, and how many rows they hold. */
import { DescribeTableCommand, DynamoDBClient, ScanCommand, type ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import { GetPartitionsCommand, GlueClient } from '@aws-sdk/client-glue';
import { itemsTable, lakeDatabase } from '../compiler/plan';
import { type Connection, type Deployed, deployed } from '../operate/connection';
import { runQuery } from '../operate/database-query';
import { UserError } from '../operate/errors';
import { pipelineFolders } from '../operate/pipelines';
import { count, plural } from '../operate/text';
import { connect } from './connect';
import { printer, type VerbOptions } from './printer';
import { dim, table } from './terminal';

interface TableRow {
  readonly pipeline: string;
  readonly database: 'redshift' | 'aurora' | 'lake' | 'dynamodb';
  readonly table: string;
  readonly write: string;
  /** undefined where there is no table yet; a lake's rows are not counted */
  readonly rows?: number;
  readonly partitions?: number;
  readonly note?: string;
}

export async function tables(options: VerbOptions): Promise<void> {
  const connection = await connect(options);
  const stacks = await deployed(connection);
  const up = new Set(stacks.pipelines.map(({ name }) => name));
  const found = await Promise.all(
    (await pipelineFolders())
      .filter(({ pipeline }) => up.has(pipeline.name))
      .flatMap(({ pipeline }) =>
        pipeline.sinks.map(async (sink): Promise<TableRow> => {
          const table = sink.kind === 'dynamoTable' ? itemsTable(sink.table, stacks.environment) : sink.table;
          const at = { pipeline: pipeline.name, table, write: sink.write.mode };
          if (sink.kind === 'lake') return { ...at, database: 'lake', ...(await lakeTable(connection, at)) };
          if (sink.kind === 'dynamoTable')
            return { ...at, database: 'dynamodb', ...(await countItems(connection, table)) };
          const database = sink.kind === 'postgres' ? 'aurora' : 'redshift';
          return { ...at, database, ...(await countRows(connection, stacks, { ...at, database })) };
        }),
      ),
  );
  printer(options).print(found, () => [
    ...table(
      ['Database', 'Table', 'Rows', 'Written by', 'Mode', ''],
      found.map(({ database, table: name, rows, partitions, pipeline, write, note }) => [
        database,
        name,
        count(rows),
        pipeline,
        write,
        note ?? (partitions === undefined ? '' : plural(partitions, 'partition')),
      ]),
      { right: [2] },
    ),
    '',
    dim('Look into one: npx stepwell query "SELECT * FROM <table> LIMIT 10"'),
  ]);
}

async function countRows(
  connection: Connection,
  stacks: Deployed,
  { database, pipeline, table: name }: { database: 'redshift' | 'aurora'; pipeline: string; table: string },
): Promise<Pick<TableRow, 'rows' | 'note'>> {
  const quoted = name
    .split('.')
    .map((part) => `"${part}"`)
    .join('.');
  try {
    const { rows } = await runQuery(connection, stacks, { database, pipeline }, `SELECT count(*) AS n FROM ${quoted}`);
    return { rows: Number(rows[0]?.[0] ?? 0) };
  } catch (error) {
    if (error instanceof UserError && /does not exist/.test(error.message)) return { note: 'made by the first load' };
    throw error;
  }
}

/** Of 1 MB each: counting reads every item, and somebody pays for it. */
const MOST_PAGES = 20;

/** Without those that only remember a deletion. */
async function countItems({ client }: Connection, name: string): Promise<Pick<TableRow, 'rows' | 'note'>> {
  const dynamoDb = new DynamoDBClient(client);
  let rows = 0;
  let ExclusiveStartKey: ScanCommandOutput['LastEvaluatedKey'];
  const scan = () =>
    dynamoDb.send(
      new ScanCommand({
        TableName: name,
        Select: 'COUNT',
        FilterExpression: 'attribute_not_exists(#deleted)',
        ExpressionAttributeNames: { '#deleted': '_deleted' },
        ExclusiveStartKey,
      }),
    );
  for (let page = 0; page < MOST_PAGES; page++) {
    const { Count = 0, LastEvaluatedKey } = await scan();
    rows += Count;
    if (LastEvaluatedKey === undefined) return { rows };
    ExclusiveStartKey = LastEvaluatedKey;
  }
  const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName: name }));
  return { rows: Table?.ItemCount ?? 0, note: 'as DynamoDB counted it some hours ago' };
}

async function lakeTable(
  { client, environment }: Connection,
  { pipeline, table: name }: { pipeline: string; table: string },
): Promise<Pick<TableRow, 'partitions' | 'note'>> {
  const glue = new GlueClient(client);
  let partitions = 0;
  let NextToken: string | undefined;
  do {
    const page = await glue.send(
      new GetPartitionsCommand({
        DatabaseName: lakeDatabase(pipeline, environment),
        TableName: name,
        ExcludeColumnSchema: true,
        NextToken,
      }),
    );
    partitions += page.Partitions?.length ?? 0;
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return { partitions };
}
