/** The tables that pipelines publish into, and how many rows they hold. */
import { itemsTable, keyspaceOf, lakeDatabase } from '../compiler/plan';
import { type Connection, type Deployed, deployed } from '../operate/connection';
import { lakePartitions } from '../operate/lake';
import { pipelineFolders } from '../operate/pipelines';
import { countRows } from '../operate/table-rows';
import { countItems, NOT_COUNTED } from '../operate/tables';
import { count, plural } from '../operate/text';
import { isTable } from '../pipeline/runs-of-stream';
import { connect } from './connect';
import { printer, type VerbOptions } from './printer';
import { dim, table } from './terminal';

interface TableRow {
  readonly pipeline: string;
  readonly database: 'redshift' | 'aurora' | 'lake' | 'dynamodb' | 'keyspaces';
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
        pipeline.sinks.filter(isTable).map(async (sink): Promise<TableRow> => {
          const table = sink.kind === 'dynamoTable' ? itemsTable(sink.table, stacks.environment) : sink.table;
          const at = { pipeline: pipeline.name, table, write: sink.write.mode };
          if (sink.kind === 'lake') return { ...at, database: 'lake', ...(await partitionsIn(connection, at)) };
          if (sink.kind === 'dynamoTable')
            return { ...at, database: 'dynamodb', ...(await countItems(connection, table)) };
          if (sink.kind === 'keyspaces') {
            const [keyspace = '', name] = table.split('.');
            return {
              ...at,
              table: `${keyspaceOf(keyspace, stacks.environment)}.${name}`,
              database: 'keyspaces',
              note: NOT_COUNTED,
            };
          }
          const database = sink.kind === 'postgres' ? 'aurora' : 'redshift';
          return { ...at, database, ...(await rowsIn(connection, stacks, { ...at, database })) };
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

async function rowsIn(
  connection: Connection,
  stacks: Deployed,
  { database, pipeline, table: name }: { database: 'redshift' | 'aurora'; pipeline: string; table: string },
): Promise<Pick<TableRow, 'rows' | 'note'>> {
  const [schema = '', table = ''] = name.split('.');
  const rows = await countRows(connection, stacks, { database, pipeline, schema, table });
  return rows === undefined ? { note: 'made by the first load' } : { rows };
}

async function partitionsIn(
  connection: Connection,
  { pipeline, table: name }: { pipeline: string; table: string },
): Promise<Pick<TableRow, 'partitions'>> {
  const database = lakeDatabase(pipeline, connection.environment);
  return { partitions: (await lakePartitions(connection, { database, table: name })).length };
}
