/** The local cloud's real services behind its real wire, and the clients that the work functions get. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Ledger } from '../../lambdas/shared/ledger';
import type { Service } from '../../lib/local/service';
import { createDynamoDbService } from '../../lib/local/services/dynamodb';
import { createS3Service } from '../../lib/local/services/s3';
import { createStatesService } from '../../lib/local/services/states';
import { client, service, startCloud, type TestCloud } from '../local/wire/services';

export interface LambdaCloud extends TestCloud {
  readonly settings: ReturnType<typeof client>;
  readonly stateDir: string;
  readonly dynamoDb: DynamoDBClient;
  readonly ledger: Ledger;
  readonly s3: S3Client;
  readonly stepFunctions: SFNClient;
  /** Detail of what was put on the event bus. */
  readonly events: { source: string; detail: Record<string, unknown> }[];
  /** What a state machine's Lambda task does, by function name. */
  readonly functions: Map<string, (payload: unknown) => Promise<unknown>>;
  /** Puts a file into the landing bucket and returns its version. */
  land(key: string, body: string): Promise<string>;
  read(bucket: string, key: string): Promise<string>;
  /** Deletes an item of the ledger. */
  forget(key: { readonly pk: string; readonly sk: string }): Promise<void>;
  close(): Promise<void>;
}

/** `more` are further services, given the folder that state lies in. */
export async function startLambdaCloud(
  more: (stateDir: string) => Promise<readonly Service[]> = async () => [],
): Promise<LambdaCloud> {
  const stateDir = await mkdtemp(join(tmpdir(), 'stepwell-lambdas-'));
  const events: LambdaCloud['events'] = [];
  const functions: LambdaCloud['functions'] = new Map();
  const services = [
    createDynamoDbService(),
    createS3Service({ stateDir }),
    createStatesService(),
    ...(await more(stateDir)),
    service('events', {
      PutEvents: ({ Entries }) => {
        for (const { Source, Detail } of Entries) events.push({ source: Source, detail: JSON.parse(Detail) });
        return { FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: 'e' })) };
      },
    }),
    // Functions run in this process; their runtime has tests of its own.
    service('lambda', {
      Invoke: async ({ FunctionName, Payload }) => {
        const name = String(FunctionName).split(':').at(-1)!;
        const run = functions.get(name);
        if (!run) throw new Error(`The test has no function ${name}`);
        try {
          const result = await run(JSON.parse(Buffer.from(Payload ?? '{}').toString()));
          return { StatusCode: 200, Payload: Buffer.from(JSON.stringify(result ?? null)) };
        } catch (error) {
          const { name: errorType, message: errorMessage } = error as Error;
          return {
            StatusCode: 200,
            FunctionError: 'Unhandled',
            Payload: Buffer.from(JSON.stringify({ errorType, errorMessage })),
          };
        }
      },
    }),
  ];
  const cloud = await startCloud(services, { stateDir });
  for (const one of services) await one.start?.(cloud.cloud);
  const settings = client(cloud);
  const dynamoDb = new DynamoDBClient(settings);
  const s3 = new S3Client({ ...settings, forcePathStyle: true });
  await dynamoDb.send(new CreateTableCommand(LEDGER_TABLE));
  for (const bucket of ['landing', 'work']) await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await s3.send(new PutBucketVersioningCommand({ Bucket: 'landing', VersioningConfiguration: { Status: 'Enabled' } }));
  return {
    ...cloud,
    settings,
    stateDir,
    dynamoDb,
    s3,
    stepFunctions: new SFNClient(settings),
    ledger: { client: dynamoDb, table: 'ledger' },
    events,
    functions,
    async land(key, body) {
      const { VersionId } = await s3.send(new PutObjectCommand({ Bucket: 'landing', Key: key, Body: body }));
      return VersionId!;
    },
    async read(bucket, key) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return Body!.transformToString();
    },
    async forget(key) {
      await dynamoDb.send(new DeleteItemCommand({ TableName: 'ledger', Key: marshall(key) }));
    },
    async close() {
      await cloud.stop();
      for (const one of [...services].reverse()) await one.stop?.();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** As the foundation stack makes it. */
const LEDGER_TABLE = {
  TableName: 'ledger',
  BillingMode: 'PAY_PER_REQUEST' as const,
  AttributeDefinitions: ['pk', 'sk', 'openPk', 'dueAt'].map((AttributeName) => ({
    AttributeName,
    AttributeType: 'S' as const,
  })),
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' as const },
    { AttributeName: 'sk', KeyType: 'RANGE' as const },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'open',
      KeySchema: [
        { AttributeName: 'openPk', KeyType: 'HASH' as const },
        { AttributeName: 'dueAt', KeyType: 'RANGE' as const },
      ],
      Projection: { ProjectionType: 'ALL' as const },
    },
  ],
};
