/** Makes items of a model's rows and stages them for the publication into a DynamoDB table. */
import type { LoadDynamoInput, Loaded } from '../../lib/tasks/load';
import { itemOf } from '../shared/dynamo/item';
import { type StageRowsEnvironment, stageRows } from '../shared/stage-rows';

export function stageItems(input: LoadDynamoInput, environment: StageRowsEnvironment): Promise<Loaded> {
  const { sink } = input;
  const { key, table } = sink;
  return stageRows(
    input,
    {
      sink,
      table,
      title: `DynamoDB table ${table}`,
      hasOne: 'DynamoDB has one item',
      items: 'items',
      keys: [key.partitionKey, ...(key.sortKey === undefined ? [] : [key.sortKey])],
      line: (row, columns) => itemOf(row, columns, sink),
    },
    environment,
  );
}
