import type { Client } from 'cassandra-driver';
import { define, inCassandra } from '../../cassandra/admin';
import { list, number, type Properties, type ResourceHandler, record } from '../resource';

/** Where the developer has a Cassandra, in it. Billing, encryption and recovery have no counterpart there. */
export const cassandraTable: ResourceHandler = {
  holdsData: true,
  volatile: true,
  async apply({ properties }) {
    const keyspace = String(properties.KeyspaceName);
    const table = String(properties.TableName);
    await inCassandra(async (client) => {
      await define(client, creation(keyspace, table, properties));
      await addMissingColumns(client, keyspace, table, properties);
    });
    return { physicalId: `${keyspace}|${table}` };
  },
  async remove({ resource }) {
    const [keyspace, table] = resource.physicalId.split('|');
    await inCassandra((client) => define(client, `DROP TABLE IF EXISTS "${keyspace}"."${table}"`));
  },
};

interface Column {
  readonly name: string;
  readonly type: string;
}

const column = (given: unknown): Column => {
  const { ColumnName, ColumnType } = record(given);
  return { name: String(ColumnName), type: String(ColumnType) };
};
const partitionOf = (properties: Properties): Column[] => list(properties.PartitionKeyColumns).map(column);
const clusteringOf = (properties: Properties) =>
  list<Properties>(properties.ClusteringKeyColumns).map((one) => ({
    ...column(one.Column),
    order: one.OrderBy === 'DESC' ? 'DESC' : 'ASC',
  }));
const regularOf = (properties: Properties): Column[] => list(properties.RegularColumns).map(column);

const quoted = ({ name }: Pick<Column, 'name'>): string => `"${name}"`;

function creation(keyspace: string, table: string, properties: Properties): string {
  const [partition, clustering] = [partitionOf(properties), clusteringOf(properties)];
  const columns = [...partition, ...clustering, ...regularOf(properties)].map((one) => `${quoted(one)} ${one.type}`);
  const key = [`(${partition.map(quoted).join(', ')})`, ...clustering.map(quoted)].join(', ');
  const options = [
    ...(clustering.length === 0
      ? []
      : [`CLUSTERING ORDER BY (${clustering.map((one) => `${quoted(one)} ${one.order}`).join(', ')})`]),
    `default_time_to_live = ${number(properties.DefaultTimeToLive) ?? 0}`,
  ];
  return `CREATE TABLE IF NOT EXISTS "${keyspace}"."${table}" (${columns.join(', ')}, PRIMARY KEY (${key})) WITH ${options.join(' AND ')}`;
}

/** As CloudFormation does; another key, or another type, would be another table. */
async function addMissingColumns(
  client: Client,
  keyspace: string,
  table: string,
  properties: Properties,
): Promise<void> {
  const found = await client.execute(
    'SELECT column_name, kind, position, type FROM system_schema.columns WHERE keyspace_name = ? AND table_name = ?',
    [keyspace, table],
    { prepare: true },
  );
  const there = new Map(
    found.rows.map((row) => [
      row.get('column_name') as string,
      { kind: row.get('kind') as string, position: row.get('position') as number, type: row.get('type') as string },
    ]),
  );
  const wanted = [
    ...partitionOf(properties).map((one, position) => ({ ...one, kind: 'partition_key', position })),
    ...clusteringOf(properties).map((one, position) => ({ ...one, kind: 'clustering', position })),
    ...regularOf(properties).map((one) => ({ ...one, kind: 'regular', position: -1 })),
  ];
  for (const { name, type, kind, position } of wanted) {
    const is = there.get(name);
    if (is === undefined && kind === 'regular') {
      await define(client, `ALTER TABLE "${keyspace}"."${table}" ADD "${name}" ${type}`);
    } else if (is?.kind !== kind || is.position !== position || is.type !== type) {
      throw new Error(
        `CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename ${keyspace}.${table} and update the stack again: column ${name} would be ${kind} ${type}.`,
      );
    }
  }
}
