/** How far the schedule of a pipeline has come that catches up by itself: a person who resumes it decides what becomes of the time before. */
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { forwardKey } from '../tasks/catch-up';
import { lastFire } from '../tasks/fires';
import type { Schedule } from '../tasks/schedule';
import type { Connection, Deployed } from './connection';

/** Nothing that was over by now is caught up any more. Does nothing where it has come as far, or nothing is caught up. */
export async function noteCaughtUp(
  { client }: Pick<Connection, 'client'>,
  { foundation }: Deployed,
  { pipeline, schedule }: { readonly pipeline: string; readonly schedule: Schedule },
): Promise<void> {
  const through = lastFire(schedule, new Date())?.toISOString();
  if (through === undefined) return;
  try {
    await new DynamoDBClient(client).send(
      new UpdateItemCommand({
        TableName: foundation.LedgerTableName!,
        Key: marshall(forwardKey(pipeline)),
        UpdateExpression: 'SET through = :through',
        ConditionExpression: 'through < :through',
        ExpressionAttributeValues: marshall({ ':through': through }),
      }),
    );
  } catch (error) {
    if ((error as Error).name !== 'ConditionalCheckFailedException') throw error;
  }
}
