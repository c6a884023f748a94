/** A stream of a template, its contract in the registry, and the function that reads it with no more than its role allows. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetSchemaCommand, GlueClient } from '@aws-sdk/client-glue';
import { DescribeStreamSummaryCommand, KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { type Cloud, startCloud } from '../../../lib/local/cloud';
import { eventually } from '../../contract/aws';
import { att, createWorkspace, LOGS, lambdaFunction, ref, role, type StackInput, type Workspace } from './assembly';

let workspace: Workspace;
let cloud: Cloud | undefined;

beforeAll(async () => {
  workspace = createWorkspace();
});
afterAll(async () => {
  await cloud?.stop();
  workspace.remove();
});

async function up(stack: StackInput): Promise<Cloud> {
  await cloud?.stop();
  cloud = undefined;
  workspace.write({ S: stack });
  cloud = await startCloud({ assembly: workspace.assembly, stateDir: workspace.stateDir, port: 0 });
  return cloud;
}

const client = <C>(Client: new (config: object) => C): C =>
  new Client({
    endpoint: cloud?.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });

const READ = `
  const { appendFileSync } = require('node:fs');
  exports.handler = async ({ Records }) => {
    for (const { kinesis } of Records) appendFileSync(process.env.OUT, Buffer.from(kinesis.data, 'base64') + '\\n');
  }`;

const V1 = { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] };
const OPTIONAL = { ...V1, properties: { ...V1.properties, name: { type: 'string' } } };
const REQUIRED = { ...OPTIONAL, required: ['id', 'name'] };

const stack = (retentionHours: number, actions: readonly string[], next?: object): StackInput => ({
  Resources: {
    Stream: {
      Type: 'AWS::Kinesis::Stream',
      Properties: {
        Name: 'users',
        StreamModeDetails: { StreamMode: 'ON_DEMAND' },
        RetentionPeriodHours: retentionHours,
        StreamEncryption: { EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' },
      },
    },
    Registry: { Type: 'AWS::Glue::Registry', Properties: { Name: 'streams' } },
    Schema: {
      Type: 'AWS::Glue::Schema',
      Properties: {
        Name: 'users',
        Registry: { Arn: ref('Registry') },
        DataFormat: 'JSON',
        Compatibility: 'BACKWARD',
        SchemaDefinition: JSON.stringify(V1),
      },
    },
    ...(next === undefined
      ? {}
      : {
          Version: {
            Type: 'AWS::Glue::SchemaVersion',
            Properties: { Schema: { SchemaArn: ref('Schema') }, SchemaDefinition: JSON.stringify(next) },
          },
        }),
    Role: role('lambda.amazonaws.com', LOGS, {
      Effect: 'Allow',
      Action: actions,
      Resource: att('Stream', 'Arn'),
    }),
    Function: lambdaFunction(workspace.code(READ), 'Role', {
      FunctionName: 'reader',
      Environment: { Variables: { OUT: join(workspace.stateDir, 'read') } },
    }),
    Mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        FunctionName: ref('Function'),
        EventSourceArn: att('Stream', 'Arn'),
        StartingPosition: 'TRIM_HORIZON',
        BatchSize: 10,
        BisectBatchOnFunctionError: true,
      },
    },
  },
});

const ALLOWED = ['kinesis:DescribeStream', 'kinesis:ListShards', 'kinesis:GetShardIterator', 'kinesis:GetRecords'];

test('a function whose role may not read the stream is refused when it is deployed', async () => {
  await expect(up(stack(24, ALLOWED.slice(0, 3)))).rejects.toThrow('Please ensure the role can perform the GetRecords');
});

test('records get to the function; the next deploy changes the stream and its contract, and reads on', async () => {
  const read = () => {
    const file = join(workspace.stateDir, 'read');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  };
  const put = (text: string) =>
    client(KinesisClient).send(
      new PutRecordCommand({ StreamName: 'users', PartitionKey: 'k', Data: Buffer.from(text) }),
    );
  await up(stack(24, ALLOWED));
  await put('one');
  await eventually(
    async () => read(),
    (lines) => lines.includes('one'),
  );

  await up(stack(48, ALLOWED, OPTIONAL));
  const { StreamDescriptionSummary } = await client(KinesisClient).send(
    new DescribeStreamSummaryCommand({ StreamName: 'users' }),
  );
  expect(StreamDescriptionSummary).toMatchObject({
    RetentionPeriodHours: 48,
    EncryptionType: 'KMS',
    StreamModeDetails: { StreamMode: 'ON_DEMAND' },
  });
  const schema = await client(GlueClient).send(
    new GetSchemaCommand({ SchemaId: { RegistryName: 'streams', SchemaName: 'users' } }),
  );
  expect(schema).toMatchObject({ LatestSchemaVersion: 2, Compatibility: 'BACKWARD' });
  await put('two');
  await eventually(
    async () => read(),
    (lines) => lines.includes('two'),
  );
  // A stop may come between a delivery and its checkpoint: at least once, and in order.
  expect([...new Set(read())]).toEqual(['one', 'two']);

  await expect(up(stack(48, ALLOWED, REQUIRED))).rejects.toThrow('is not compatible with the versions that are there');
});
