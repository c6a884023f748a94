/** Whatever is sent: it is answered or cut off, and the next request is served. */
import { readdirSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect as connectSocket } from 'node:net';
import { dirname } from 'node:path';
import fc from 'fast-check';
import { createIam } from '../../../lib/local/iam';
import { createDynamoDbService } from '../../../lib/local/services/dynamodb';
import { createEventsService } from '../../../lib/local/services/events';
import { createGlueService } from '../../../lib/local/services/glue';
import { createKinesisService } from '../../../lib/local/services/kinesis';
import { createLambdaService } from '../../../lib/local/services/lambda';
import { createLogsService } from '../../../lib/local/services/logs';
import { createMonitoringService } from '../../../lib/local/services/monitoring';
import { createS3Service } from '../../../lib/local/services/s3';
import { createSchedulerService } from '../../../lib/local/services/scheduler';
import { createSecretsManagerService } from '../../../lib/local/services/secretsmanager';
import { createSnsService } from '../../../lib/local/services/sns';
import { createSqsService } from '../../../lib/local/services/sqs';
import { createStatesService } from '../../../lib/local/services/states';
import { createStsService } from '../../../lib/local/services/sts';
import { type Aws, connect } from '../../contract/aws';

const SERVICES = {
  dynamodb: 'DynamoDB_20120810',
  events: 'AWSEvents',
  glue: 'AWSGlue',
  kinesis: 'Kinesis_20131202',
  logs: 'Logs_20140328',
  monitoring: 'GraniteServiceVersion20100801',
  secretsmanager: 'secretsmanager',
  sqs: 'AmazonSQS',
  states: 'AWSStepFunctions',
} as const;
const REST = ['s3', 'lambda', 'scheduler'] as const;
const QUERY = ['sns', 'sts', 'sqs'] as const;

let aws: Aws;
let port: number;
let stateDir: string;
let operations: Readonly<Record<string, readonly string[]>>;

beforeAll(async () => {
  aws = await connect((folder) => {
    stateDir = folder;
    const services = [
      createS3Service({ stateDir: folder }),
      createDynamoDbService(),
      createSecretsManagerService(),
      createSqsService(),
      createGlueService(),
      createKinesisService(),
      createLogsService(),
      createMonitoringService(),
      createStsService(),
      createLambdaService({ iam: createIam({ account: '000000000000', region: 'us-east-1', now: Date.now }) }),
      createSnsService(),
      createStatesService(),
      createEventsService(),
      createSchedulerService(),
    ];
    operations = Object.fromEntries(services.map(({ name, operations: own }) => [name, Object.keys(own)]));
    return services;
  });
  port = Number(new URL((aws.config as { endpoint: string }).endpoint).port);
});
afterAll(() => aws.close());

interface Answer {
  readonly status: number;
  readonly text: string;
}

function send(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array = '',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      { host: '127.0.0.1', port, method, path, headers, agent: false },
      (answer: IncomingMessage) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const signed = (service: string): Record<string, string> => ({
  authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=00`,
});

/** Sends bytes as they are; resolves with the answer's beginning once the server has answered or hung up. */
function raw(bytes: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectSocket(port, '127.0.0.1', () => socket.end(bytes));
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => resolve(text));
    socket.on('close', () => resolve(text));
  });
}

const stillServes = async () => expect(await send('GET', '/', signed('s3'))).toMatchObject({ status: 200 });

test('random bytes are refused or cut off', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (bytes) => {
      expect(await raw(bytes)).toMatch(/^(HTTP\/1\.1 4\d\d |$)/);
    }),
    { numRuns: 40 },
  );
  await stillServes();
});

test('a head without an end, and one that is too large, are cut off', async () => {
  expect(await raw(Buffer.from(`GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`))).toMatch(
    /^HTTP\/1\.1 431 /,
  );
  expect(await raw(Buffer.from('GET / HTTP/1.1\r\nhost: localhost\r\nx: y'))).toMatch(/^(HTTP\/1\.1 400 |$)/);
  await stillServes();
});

const json = fc.json({ maxDepth: 4 });
const body = fc.oneof(json, fc.string(), fc.uint8Array({ maxLength: 500 }));

test('any body to any operation of a JSON service is answered, and never by a failure of the cloud itself', async () => {
  const call = fc
    .constantFrom(...(Object.keys(SERVICES) as (keyof typeof SERVICES)[]))
    .chain((service) =>
      fc.record({ service: fc.constant(service), operation: fc.constantFrom(...(operations[service] ?? [])), body }),
    );
  await fc.assert(
    fc.asyncProperty(call, async (one) => {
      const target = {
        'x-amz-target': `${SERVICES[one.service]}.${one.operation}`,
        'content-type': 'application/x-amz-json-1.0',
      };
      const answer = await send('POST', '/', { ...signed(one.service), ...target }, one.body);
      expect(answer).not.toMatchObject({ status: 500 });
    }),
    { numRuns: 300 },
  );
  await stillServes();
});

/** Objects whose members are the operation's own, with values of any kind. */
test('members of the right names with values of the wrong kinds are answered in the same way', async () => {
  const value = fc.oneof(
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
    { weight: 2, arbitrary: fc.string() },
  );
  const names = fc.constantFrom(
    'Name',
    'TableName',
    'QueueUrl',
    'logGroupName',
    'logStreamName',
    'SecretId',
    'stateMachineArn',
    'input',
    'nextToken',
    'NextToken',
    'Limit',
    'maxResults',
    'Key',
    'Item',
    'Entries',
    'Namespace',
    'EventPattern',
    'DatabaseName',
    'definition',
    'roleArn',
  );
  const call = fc.constantFrom(...(Object.keys(SERVICES) as (keyof typeof SERVICES)[])).chain((service) =>
    fc.record({
      service: fc.constant(service),
      operation: fc.constantFrom(...(operations[service] ?? [])),
      input: fc.dictionary(names, value, { maxKeys: 5 }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(call, async (one) => {
      const target = {
        'x-amz-target': `${SERVICES[one.service]}.${one.operation}`,
        'content-type': 'application/x-amz-json-1.0',
      };
      const answer = await send('POST', '/', { ...signed(one.service), ...target }, JSON.stringify(one.input));
      expect(answer).not.toMatchObject({ status: 500 });
    }),
    { numRuns: 300 },
  );
});

const path = fc.oneof(
  fc.webPath(),
  fc.stringMatching(/^\/[ -~]{0,60}$/).map((text) => text.replaceAll(' ', '%20').replaceAll('#', '%23')),
  fc.constantFrom(
    '/b/%2e%2e/%2e%2e/x',
    '/%2e%2e/x',
    '/b/..%2f..%2fx',
    '/b//x',
    '/b/%00',
    '/b?uploads',
    '/b?list-type=2&max-keys=x',
    '/b/k?uploadId=x&partNumber=0',
    '/b?delete',
    '/2015-03-31/functions/%2e%2e/invocations',
    '/2015-03-31/functions',
    '/schedules/%00',
  ),
);

test('any method, path, header and body to a REST service', async () => {
  const headers = fc.dictionary(
    fc.constantFrom(
      'range',
      'if-match',
      'content-md5',
      'content-type',
      'content-encoding',
      'x-amz-copy-source',
      'x-amz-content-sha256',
      'x-amz-decoded-content-length',
      'x-amz-checksum-crc32',
      'x-amz-meta-a',
      'expect',
      'x-amz-invocation-type',
      'x-amz-tagging',
    ),
    fc.stringMatching(/^[!-~]{0,30}$/),
    { maxKeys: 4 },
  );
  const call = fc.record({
    service: fc.constantFrom(...REST),
    method: fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS'),
    path,
    headers,
    body,
  });
  await fc.assert(
    fc.asyncProperty(call, async (one) => {
      const { expect: _, ...kept } = one.headers as Record<string, string>;
      const answer = await send(one.method, one.path, { ...kept, ...signed(one.service) }, one.body);
      expect(answer).not.toMatchObject({ status: 500 });
    }),
    { numRuns: 300 },
  );
  await stillServes();
});

test('any form to a query service', async () => {
  const form = fc
    .dictionary(fc.stringMatching(/^[A-Za-z.0-9]{1,20}$/), fc.string({ maxLength: 20 }), { maxKeys: 6 })
    .map((members) => new URLSearchParams(members).toString());
  const call = fc.constantFrom(...QUERY).chain((service) =>
    fc.record({
      service: fc.constant(service),
      action: fc.constantFrom('', ...(operations[service] ?? [])),
      form: fc.oneof(form, fc.string()),
    }),
  );
  await fc.assert(
    fc.asyncProperty(call, async (one) => {
      const headers = { ...signed(one.service), 'content-type': 'application/x-www-form-urlencoded' };
      const answer = await send('POST', '/', headers, `Action=${one.action}&${one.form}`);
      expect(answer).not.toMatchObject({ status: 500 });
    }),
    { numRuns: 200 },
  );
  await stillServes();
});

test('no name reaches outside of the state folder', async () => {
  const hostile = [
    '..',
    '../x',
    '../../stepwell-escaped',
    '/tmp/stepwell-escaped',
    'a/../../../stepwell-escaped',
    '..\\..\\x',
    '%2e%2e%2fx',
    'x\0y',
    '.',
  ];
  const json = (service: keyof typeof SERVICES, operation: string, input: object) =>
    send(
      'POST',
      '/',
      {
        ...signed(service),
        'x-amz-target': `${SERVICES[service]}.${operation}`,
        'content-type': 'application/x-amz-json-1.0',
      },
      JSON.stringify(input),
    );
  const answers: Answer[] = [];
  for (const name of hostile) {
    const encoded = encodeURIComponent(name);
    answers.push(
      await send('PUT', `/${encoded}`, signed('s3')),
      await send('PUT', '/hostile-bucket', signed('s3')),
      await send('PUT', `/hostile-bucket/${encoded}`, signed('s3'), 'x'),
      await send('GET', `/hostile-bucket/${encoded}`, signed('s3')),
      await send('POST', `/hostile-bucket/${encoded}?uploads`, signed('s3')),
      await send('PUT', `/hostile-bucket/k?uploadId=${encoded}&partNumber=1`, signed('s3'), 'x'),
      await send('DELETE', `/hostile-bucket/k?uploadId=${encoded}`, signed('s3')),
      await json('logs', 'CreateLogGroup', { logGroupName: name }),
      await json('logs', 'CreateLogGroup', { logGroupName: 'hostile' }),
      await json('logs', 'CreateLogStream', { logGroupName: 'hostile', logStreamName: name }),
      await json('logs', 'PutLogEvents', {
        logGroupName: 'hostile',
        logStreamName: name,
        logEvents: [{ timestamp: Date.now(), message: 'x' }],
      }),
      await json('sqs', 'CreateQueue', { QueueName: name }),
      await json('secretsmanager', 'CreateSecret', { Name: name, SecretString: 'x' }),
      await json('states', 'CreateStateMachine', {
        name,
        roleArn: 'arn:aws:iam::000000000000:role/r',
        definition: '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}',
      }),
      await json('dynamodb', 'CreateTable', {
        TableName: name,
        AttributeDefinitions: [{ AttributeName: 'a', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
      await json('events', 'PutRule', { Name: name, ScheduleExpression: 'rate(1 day)', State: 'DISABLED' }),
      await send(
        'POST',
        '/2015-03-31/functions',
        { ...signed('lambda'), 'content-type': 'application/json' },
        JSON.stringify({
          FunctionName: name,
          Role: 'arn:aws:iam::000000000000:role/r',
          Handler: name,
          Code: { S3Bucket: name, S3Key: name },
        }),
      ),
      await send(
        'PUT',
        `/2015-03-31/functions/${encoded}/concurrency`,
        signed('lambda'),
        '{"ReservedConcurrentExecutions":1}',
      ),
      await send('POST', `/schedules/${encoded}`, { ...signed('scheduler'), 'content-type': 'application/json' }, '{}'),
    );
  }

  expect(answers.filter(({ status }) => status === 500)).toEqual([]);
  const outside = [dirname(stateDir), '/tmp', process.cwd()].flatMap((folder) => readdirSync(folder));
  expect(outside.filter((name) => name.includes('escaped'))).toEqual([]);
  await stillServes();
});
