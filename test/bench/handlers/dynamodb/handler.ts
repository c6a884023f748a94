/** The DynamoDB extract, as its function does it, and the SDK's client reading the same segments with nothing done. */
import { DynamoDBClient, ScanCommand, type ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import { extractDynamoDb } from '../../../../lambdas/extract-dynamodb/extract';
import { dynamoDb, s3 } from '../../../../lambdas/shared/clients';
import type { DynamoDbConfig, ExtractRowsInput } from '../../../../lib/tasks/extract-rows';

export interface DynamoDbEvent {
  readonly reader: 'stepwell' | 'sdk';
  /** the partition is each segment in turn, as of a function that takes one after another */
  readonly input: Extract<ExtractRowsInput, { action: 'extract' }>;
}

export async function handler({ reader, input }: DynamoDbEvent, { awsRequestId }: { awsRequestId: string }) {
  const { table, segments } = input.source.config as DynamoDbConfig;
  let rows = 0;
  for (let segment = 0; segment < segments; segment++) {
    if (reader === 'sdk') {
      rows += await scan(table, segment, segments);
      continue;
    }
    const { staged, checkpoint } = await extractDynamoDb(
      { ...input, partition: { id: String(segment), values: { segment } }, partitions: segments },
      {
        dynamoDb: dynamoDb(),
        s3: s3(),
        workBucket: process.env.WORK_BUCKET!,
        attempt: awsRequestId,
        secrets: () => {
          throw new Error('There are none.');
        },
        remainingMs: () => 900_000,
      },
    );
    if (checkpoint !== null) throw new Error('It read a part only.');
    rows += staged.rows;
  }
  return { rows };
}

/** As anybody makes it. */
const client = new DynamoDBClient();

async function scan(table: string, segment: number, segments: number): Promise<number> {
  let rows = 0;
  let after: ScanCommandOutput['LastEvaluatedKey'];
  do {
    const page: ScanCommandOutput = await client.send(
      new ScanCommand({ TableName: table, Segment: segment, TotalSegments: segments, ExclusiveStartKey: after }),
    );
    rows += page.Items?.length ?? 0;
    after = page.LastEvaluatedKey;
  } while (after !== undefined);
  return rows;
}
