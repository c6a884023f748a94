/** Makes items of a model's rows and stages them for the publication into a DynamoDB table. */
import type { LoadDynamoInput, Loaded } from '../../lib/tasks/load';
import { quoteName } from '../shared/duckdb';
import { itemOf } from '../shared/dynamo/item';
import { type StageRowsEnvironment, stageRows } from '../shared/stage-rows';

export function stageItems(input: LoadDynamoInput, environment: StageRowsEnvironment): Promise<Loaded> {
  const { sink } = input;
  const { key, table, ttl } = sink;
  return stageRows(
    input,
    {
      sink,
      table,
      title: `DynamoDB table ${table}`,
      hasOne: 'DynamoDB has one item',
      items: 'items',
      keys: [key.partitionKey, ...(key.sortKey === undefined ? [] : [key.sortKey])],
      textOf: ({ name }) =>
        name === ttl
          ? `CAST(CAST(floor(epoch(CAST(${quoteName(name)} AS TIMESTAMP))) AS BIGINT) AS VARCHAR)`
          : undefined,
      line: (row, columns) => itemOf(row, columns, sink),
    },
    environment,
  );
}
