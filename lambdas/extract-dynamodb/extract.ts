/** One segment of a DynamoDB table's parallel scan, page by page until there are no more, or the function's time is up. */
import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { InvalidTaskInput, SourceRefused } from '../../lib/tasks/errors';
import type { DynamoDbConfig, ExtractRowsInput, ExtractRowsOutput, PlanRowsOutput } from '../../lib/tasks/extract-rows';
import { matches } from '../shared/contract/match-header';
import { hasPii, openProtection } from '../shared/pii';
import { openRowWriter, type RowWriter } from '../shared/rows/row-writer';
import type { Secrets } from '../shared/secrets';
import { readItem } from './read-item';
import type { JsonKey } from './scan-key';
import { type ScanPage, scanPage } from './scan-page';

export interface DynamoDbEnvironment {
  readonly dynamoDb: DynamoDBClient;
  readonly s3: S3Client;
  readonly workBucket: string;
  /** names what this attempt writes */
  readonly attempt: string;
  readonly secrets: () => Secrets;
  readonly remainingMs: () => number;
  /** items of one answer, at most; for tests */
  readonly pageItems?: number;
}

type PlanInput = Extract<ExtractRowsInput, { action: 'plan' }>;
type ExtractInput = Extract<ExtractRowsInput, { action: 'extract' }>;

/** Where the invocation before this one stopped. */
interface Checkpoint {
  readonly after: JsonKey;
  /** items read so far, good and bad */
  readonly rows: number;
}

/** What is left of a function's time when it stops: to write the last part and the manifest. */
const RESERVE_MS = 60_000;

export async function planDynamoDb(
  { source }: PlanInput,
  { dynamoDb }: Pick<DynamoDbEnvironment, 'dynamoDb'>,
): Promise<PlanRowsOutput> {
  const { table, segments } = configOf(source.config);
  if (hasPii(source.columns)) await refusePersonalKeys(dynamoDb, table, source);
  return {
    partitions: Array.from({ length: segments }, (_, segment) => ({
      id: String(segment).padStart(4, '0'),
      values: { segment },
    })),
  };
}

export async function extractDynamoDb(
  input: ExtractInput,
  environment: DynamoDbEnvironment,
): Promise<ExtractRowsOutput> {
  const { run, source, partition, partitions } = input;
  const { s3, workBucket, attempt } = environment;
  const protection = await openProtection(source, environment.secrets);
  const options = { run, source, partition, partitions, attempt, s3, workBucket, protection };
  const writer = openRowWriter({ ...options, strings: 'value', isNested: true });
  try {
    const checkpoint = await scan(input, environment, writer);
    const isPiece = checkpoint !== null || (input.checkpoint ?? null) !== null;
    return { staged: await writer.finish({ isPiece }), checkpoint };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

async function scan(
  { source, partition, checkpoint }: ExtractInput,
  { dynamoDb, remainingMs, pageItems }: DynamoDbEnvironment,
  writer: RowWriter,
): Promise<Checkpoint | null> {
  const { table, segments, consistentRead } = configOf(source.config);
  const before = (checkpoint ?? undefined) as Checkpoint | undefined;
  let rows = before?.rows ?? 0;
  const request = {
    TableName: table,
    Segment: Number(partition.values.segment),
    TotalSegments: segments,
    ConsistentRead: consistentRead,
    Limit: pageItems,
  };
  const read = (after: JsonKey | undefined) => found(table, () => scanPage(dynamoDb, request, after));
  let coming: Promise<ScanPage> = read(before?.after);
  for (;;) {
    const { items, after } = await coming;
    const isLate = remainingMs() < RESERVE_MS;
    // The next page is on its way while the rows of this one are written.
    if (after !== undefined && !isLate) coming = read(after);
    // Whoever waits for it gets the error.
    coming.catch(() => {});
    for (const item of items) {
      const waiting = writer.write(readItem(item), ++rows);
      if (waiting) await waiting;
    }
    if (after === undefined) return null;
    if (isLate) return { after, rows };
  }
}

/** Where a scan goes on from is a key of the table, which stands in the state machine's history. */
async function refusePersonalKeys(dynamoDb: DynamoDBClient, table: string, { name, columns }: PlanInput['source']) {
  const { Table } = await found(table, () => dynamoDb.send(new DescribeTableCommand({ TableName: table })));
  for (const { AttributeName } of Table?.KeySchema ?? []) {
    const column = columns.find((one) => one.pii !== undefined && matches(AttributeName!, one));
    if (column === undefined) continue;
    throw new SourceRefused(
      `Source ${name} marks ${column.name} as pii('${column.pii}'), and it is a key of the DynamoDB table ${table}, by which a scan goes on. Export the table to S3 and read it with landedFiles(), or key it by another attribute.`,
    );
  }
}

async function found<T>(table: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if ((error as Error).name !== 'ResourceNotFoundException') throw error;
    throw new SourceRefused(
      `There is no DynamoDB table ${table} in this account and region. Correct the source's table, or create it.`,
      { cause: error },
    );
  }
}

function configOf(config: ExtractInput['source']['config']): DynamoDbConfig {
  if (config.kind === 'dynamoDb') return config;
  throw new InvalidTaskInput(`extract-dynamodb cannot read a source of kind ${config.kind}.`);
}
