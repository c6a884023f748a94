/** A local cloud for pipelines that a test declares: compiled, synthesized and run as the project's own are. */
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AttributeValue, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetPartitionsCommand, GlueClient, type Partition } from '@aws-sdk/client-glue';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { DuckDBInstance } from '@duckdb/node-api';
import { Client } from 'pg';
import { compileTogether } from '../../lib/compiler';
import { type Cloud, startCloud } from '../../lib/local/cloud';
import type { Clock } from '../../lib/local/service';
import { localClientOptions } from '../../lib/operate/local';
import type { Pipeline } from '../../lib/pipeline';
import { appOf } from '../../lib/stacks/app';
import type { RejectedRow } from '../../lib/tasks/common';
import { disableSchedules } from '../fixtures/disable-schedules';

export interface Ended {
  readonly status: string;
  readonly error?: string;
  readonly message?: string;
  // biome-ignore lint/suspicious/noExplicitAny: as the last state left it
  readonly output?: any;
}

export type Database = 'aurora' | 'redshift';
export type Row = Record<string, string | null>;

export interface PipelinesCloud {
  readonly cloud: Cloud;
  /** options for a client of any service */
  readonly client: ReturnType<typeof localClientOptions>;
  /** a function's name, by the construct id of its task; undefined where the pipeline has none */
  functionOf(pipeline: string, id: string): string | undefined;
  /** Waits until the pipeline has had that many runs, and they have ended; in the order of their start. */
  runsOf(pipeline: string, atLeast: number): Promise<Ended[]>;
  put(key: string, body: Buffer | string): Promise<string>;
  /** Puts the file, and waits for the run that it starts. */
  drop(pipeline: string, key: string, body: Buffer | string): Promise<Ended>;
  start(pipeline: string, input: unknown): Promise<Ended>;
  /** in Secrets Manager, as `stepwell/<name>` */
  putSecret(name: string, value: unknown): Promise<void>;
  /** every value as the database writes it */
  query(database: Database, sql: string): Promise<Row[]>;
  /** every value of a lake table as text, its partitions as the catalog has them */
  lake(database: string, table: string): Promise<Row[]>;
  /** every item of a DynamoDB table */
  items(table: string): Promise<Record<string, AttributeValue>[]>;
  /** of one landed file, without what is the same in all */
  rejects(pipeline: string, key: string): Promise<RejectedRow[]>;
  stop(): Promise<void>;
}

/** A Lambda function's cause is a document, as is a Spark job's; Step Functions' own is a sentence. */
function messageOf(cause: string): string {
  if (!cause.startsWith('{')) return cause;
  const { errorMessage, StateDetails } = JSON.parse(cause) as { errorMessage?: string; StateDetails?: string };
  return errorMessage ?? StateDetails ?? cause;
}

const BOOKKEEPING = new Set(['_load_id', '_loaded_at', '_arrival']);

/**
 * `sqlFolder` holds the files of their models, or says of each pipeline where they are. `keptIn`: the folder for all that the cloud holds,
 * which stays: another deployment goes on with it. `context`: as in cdk.json. `clock`: of the cloud; functions have the machine's.
 */
export async function startPipelines(
  pipelines: readonly Pipeline[],
  sqlFolder?: string | ((pipeline: Pipeline) => string),
  keptIn?: string,
  context?: Readonly<Record<string, unknown>>,
  clock?: Clock,
): Promise<PipelinesCloud> {
  const folder = keptIn ?? mkdtempSync(join(tmpdir(), 'stepwell-inputs-'));
  process.env.CDK_VALIDATION = 'false';
  const compiled = await compileTogether(
    pipelines.map((pipeline) => ({
      pipeline,
      folder: typeof sqlFolder === 'function' ? sqlFolder(pipeline) : (sqlFolder ?? folder),
    })),
  );
  const app = appOf(compiled, { outdir: join(folder, 'cdk.out'), ...(context ? { context } : {}) });
  disableSchedules(app);
  app.synth();
  const cloud = await startCloud({
    assembly: join(folder, 'cdk.out'),
    stateDir: join(folder, 'state'),
    port: 0,
    ...(clock ? { clock } : {}),
  });
  const s3 = new S3Client({ ...localClientOptions(cloud.endpoint), forcePathStyle: true });
  const sfn = new SFNClient(localClientOptions(cloud.endpoint));
  const machineOf = (pipeline: string) =>
    cloud.outputs[`Stepwell-${compiled.find(({ name }) => name === pipeline)!.title}`]!.StateMachineArn!;
  const output = (name: string) => Object.values(cloud.outputs).find((outputs) => outputs[name])![name]!;
  const landing = output('LandingBucketName');
  const work = output('WorkBucketName');

  async function put(key: string, body: Buffer | string): Promise<string> {
    const { VersionId } = await s3.send(new PutObjectCommand({ Bucket: landing, Key: key, Body: Buffer.from(body) }));
    return VersionId!;
  }

  async function ended(executionArn: string): Promise<Ended> {
    for (;;) {
      const run = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      if (run.status === 'RUNNING') {
        await pause();
        continue;
      }
      return {
        status: run.status!,
        ...(run.error === undefined ? {} : { error: run.error }),
        ...(run.cause === undefined ? {} : { message: messageOf(run.cause) }),
        ...(run.output === undefined ? {} : { output: JSON.parse(run.output) }),
      };
    }
  }

  /** execution by the version that started it */
  const started = new Map<string, string>();
  const known = new Set<string>();
  async function startedBy(pipeline: string, versionId: string): Promise<string> {
    for (;;) {
      const found = started.get(versionId);
      if (found !== undefined) return found;
      const { executions = [] } = await sfn.send(
        new ListExecutionsCommand({ stateMachineArn: machineOf(pipeline), maxResults: 1000 }),
      );
      for (const { executionArn } of executions) {
        if (known.has(executionArn!)) continue;
        known.add(executionArn!);
        const { input = '{}' } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
        const { arrival } = JSON.parse(input) as { arrival?: { versionId?: string } };
        if (arrival?.versionId) started.set(arrival.versionId, executionArn!);
      }
      if (!started.has(versionId)) await pause();
    }
  }

  return {
    cloud,
    client: localClientOptions(cloud.endpoint),
    functionOf(pipeline, id) {
      const stack = `Stepwell-${compiled.find(({ name }) => name === pipeline)!.title}`;
      const found = Object.values(cloud.resources(stack)).find(
        ({ type, physicalId }) => type === 'AWS::Lambda::Function' && physicalId.includes(`-${id}Function`),
      );
      return found?.physicalId.split(':').at(-1);
    },
    async runsOf(pipeline, atLeast) {
      for (;;) {
        const { executions = [] } = await sfn.send(
          new ListExecutionsCommand({ stateMachineArn: machineOf(pipeline), maxResults: 1000 }),
        );
        if (executions.length >= atLeast) {
          const inOrder = executions.sort((a, b) => a.startDate!.getTime() - b.startDate!.getTime());
          return Promise.all(inOrder.map(({ executionArn }) => ended(executionArn!)));
        }
        await pause();
      }
    },
    put,
    drop: async (pipeline, key, body) => ended(await startedBy(pipeline, await put(key, body))),
    async start(pipeline, input) {
      const { executionArn } = await sfn.send(
        new StartExecutionCommand({ stateMachineArn: machineOf(pipeline), input: JSON.stringify(input) }),
      );
      return ended(executionArn!);
    },
    async putSecret(name, value) {
      const client = new SecretsManagerClient(localClientOptions(cloud.endpoint));
      const SecretString = JSON.stringify(value);
      await client
        .send(new CreateSecretCommand({ Name: `stepwell/${name}`, SecretString }))
        .catch(() => client.send(new PutSecretValueCommand({ SecretId: `stepwell/${name}`, SecretString })));
      client.destroy();
    },
    async query(database, sql) {
      const types = { getTypeParser: () => (text: string) => text };
      const client = new Client({ connectionString: cloud.databases[database], types: types as never });
      await client.connect();
      try {
        const { rows } = await client.query<Row>(sql);
        return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !BOOKKEEPING.has(name))));
      } finally {
        await client.end();
      }
    },
    lake: (database, table) => lakeRows(localClientOptions(cloud.endpoint), database, table),
    async items(table) {
      const client = new DynamoDBClient(localClientOptions(cloud.endpoint));
      const { Items = [] } = await client.send(new ScanCommand({ TableName: table }));
      client.destroy();
      return Items;
    },
    async rejects(pipeline, key) {
      const { Contents = [] } = await s3.send(
        new ListObjectsV2Command({ Bucket: work, Prefix: `quarantine/${pipeline}/` }),
      );
      const lines = await Promise.all(
        Contents.map(async ({ Key }) => {
          const { Body } = await s3.send(new GetObjectCommand({ Bucket: work, Key }));
          return (await Body!.transformToString()).split('\n').filter((line) => line !== '');
        }),
      );
      return lines
        .flat()
        .map((line) => JSON.parse(line) as RejectedRow)
        .filter((row) => row.key === key);
    },
    async stop() {
      s3.destroy();
      sfn.destroy();
      await cloud.stop();
      if (keptIn === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Every value of a lake table as text, its partitions as the catalog has them. */
export async function lakeRows(
  client: ReturnType<typeof localClientOptions>,
  database: string,
  table: string,
): Promise<Row[]> {
  const glue = new GlueClient(client);
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  const folder = mkdtempSync(join(tmpdir(), 'stepwell-lake-'));
  try {
    const partitions: Partition[] = [];
    let NextToken: string | undefined;
    do {
      const page = await glue.send(new GetPartitionsCommand({ DatabaseName: database, TableName: table, NextToken }));
      partitions.push(...(page.Partitions ?? []));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    const rows = await Promise.all(
      partitions.map(async ({ StorageDescriptor }, index) => {
        const [, Bucket = '', Prefix = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(StorageDescriptor!.Location!) ?? [];
        const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
        const files = await Promise.all(
          Contents.map(async ({ Key }, part) => {
            const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
            const file = join(folder, `${index}-${part}.parquet`);
            await writeFile(file, await Body!.transformToByteArray());
            return file;
          }),
        );
        return readParquet(files, partitionOf(Prefix));
      }),
    );
    return rows.flat();
  } finally {
    glue.destroy();
    s3.destroy();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `visited_on=2026-01-31/` of a key, as columns. */
const partitionOf = (prefix: string): Row =>
  Object.fromEntries(
    [...prefix.matchAll(/(?<=^|\/)([a-z][a-z0-9_]*)=([^/]*)\//g)].map(([, name, value]) => [
      name!,
      decodeURIComponent(value!),
    ]),
  );

async function readParquet(files: readonly string[], more: Row): Promise<Row[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const list = files.map((file) => `'${file}'`).join(', ');
    const reader = await connection.runAndReadAll(
      `SELECT CAST(COLUMNS(*) AS VARCHAR) FROM read_parquet([${list}], hive_partitioning = false)`,
    );
    return reader.getRowObjectsJson().map((row) => ({
      ...Object.fromEntries(Object.entries(row as Row).filter(([name]) => !BOOKKEEPING.has(name))),
      ...more,
    }));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** To ask takes some 5 ms of the process that does the work. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 100));
