import { type DynamoDBClient, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

/**
 * As if minutes had passed: the statements that wait for an event are due, for the next sweep. Returns how many. One whose id is not saved yet
 * is about to be given another time.
 */
export async function makeOverdue(dynamo: DynamoDBClient, ledger: string): Promise<number> {
  const { Items = [] } = await dynamo.send(
    new ScanCommand({
      TableName: ledger,
      ConsistentRead: true,
      FilterExpression: 'openPk = :statement AND #status = :submitted AND attribute_exists(statementId)',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':statement': { S: 'statement' }, ':submitted': { S: 'SUBMITTED' } },
    }),
  );
  for (const { pk, sk } of Items) {
    await dynamo
      .send(
        new UpdateItemCommand({
          TableName: ledger,
          Key: { pk: pk as never, sk: sk as never },
          UpdateExpression: 'SET dueAt = :past',
          ConditionExpression: 'openPk = :statement',
          ExpressionAttributeValues: { ':past': { S: '2020-01-01T00:00:00.000Z' }, ':statement': { S: 'statement' } },
        }),
      )
      .catch((error: Error) => {
        // Ended meanwhile.
        if (error.name !== 'ConditionalCheckFailedException') throw error;
      });
  }
  return Items.length;
}
