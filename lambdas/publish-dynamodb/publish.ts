/** Writes staged items into a DynamoDB table. */
import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoCheckpoint, PublishDynamoInput, PublishDynamoOutput } from '../../lib/tasks/publish';
import { deleteReplaced, type Item, replacedItems, writeItem } from '../shared/dynamo/write-item';
import { type PublishStagedEnvironment, publishStaged, type RowWriter } from '../shared/publish-staged';
import { DELETED, type StagedItems, stagedItems } from '../shared/staged-items';

export interface PublishDynamoEnvironment extends PublishStagedEnvironment {
  /** of the table */
  readonly client: DynamoDBClient;
}

export const publishDynamo = (
  input: PublishDynamoInput,
  environment: PublishDynamoEnvironment,
): Promise<PublishDynamoOutput> =>
  publishStaged(
    { ...input, document: stagedItems, writer: (staged) => itemWriter(staged, environment.client) },
    environment,
  );

type After = NonNullable<DynamoCheckpoint['after']>;

function itemWriter(staged: StagedItems, client: DynamoDBClient): RowWriter<After, Item> {
  const { sink } = staged;
  const { expression, names, values } = replacedItems(staged);
  const keys = [sink.key.partitionKey, ...(sink.key.sortKey === undefined ? [] : [sink.key.sortKey])];
  const keyNames = Object.fromEntries(keys.map((name, index) => [`#key${index}`, name]));
  return {
    async write(line) {
      const item = JSON.parse(line) as Item;
      const { changed, attempts } = await writeItem(client, staged, item);
      return { counts: changed && !(DELETED in item), attempts };
    },
    async replaced(after) {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new ScanCommand({
          TableName: sink.table,
          ConsistentRead: true,
          FilterExpression: expression,
          ProjectionExpression: Object.keys(keyNames).join(', '),
          ExpressionAttributeNames: { ...names, ...keyNames },
          ExpressionAttributeValues: values,
          ExclusiveStartKey: after,
        }),
      );
      return { found: Items as Item[], next: LastEvaluatedKey as After | undefined };
    },
    remove: (key) => deleteReplaced(client, staged, key),
  };
}
