import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import fc from 'fast-check';
import { AwsError, type Service } from '../../../lib/local/service';
import { PortInUseError, startServer } from '../../../lib/local/wire';
import { authorizationFor, client, operation, service, startCloud, type TestCloud, textOf } from './services';

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A request exactly as written: no client normalises the path or adds a header. */
function raw(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body: string | Buffer = '',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: '127.0.0.1',
        port: cloud.port,
        method,
        path,
        headers: { 'content-length': Buffer.byteLength(body), ...headers },
      },
      (response) => {
        textOf(response).then(
          (text) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
          reject,
        );
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}
const json = (target: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  raw(
    'POST',
    '/',
    {
      authorization: authorizationFor('states'),
      'x-amz-target': `AWSStepFunctions.${target}`,
      'content-type': 'application/x-amz-json-1.0',
      ...headers,
    },
    body,
  );

const dynamodb: Service = {
  name: 'dynamodb',
  operations: { GetItem: operation(() => ({}), 'dynamodb:GetItem') },
  raw: async ({ headers, input, bytes }, { principal }) => ({
    status: 203,
    headers: { 'x-own': headers['x-amz-target'] ?? '' },
    body: `${JSON.stringify(input)} ${bytes} ${principal.kind}`,
  }),
};

let cloud: TestCloud;
beforeAll(async () => {
  const services = [
    dynamodb,
    service('states', {
      StartExecution: operation(
        (input) => ({ executionArn: input.name, startDate: new Date(0) }),
        'states:StartExecution',
      ),
      DescribeExecution: () => {
        throw new TypeError('a bug in the operation');
      },
      ListExecutions: () => {
        throw new AwsError('Throttled', 'Rate exceeded', 400, { extra: 1 });
      },
    }),
    service('lambda', { ListFunctions: () => ({ Functions: [] }) }),
    service('s3', {
      GetObject: (input) => ({ Body: Buffer.from(`${input.Bucket}|${input.Key}`) }),
      PutObject: (input) => textOf(input.Body).then(() => ({})),
      ListObjectsV2: () => ({}),
      ListBuckets: () => ({}),
      HeadObject: () => {
        throw new AwsError('NoSuchKey', 'none', 404);
      },
    }),
    service('sns', { Publish: () => ({ MessageId: '1' }) }),
  ];
  cloud = await startCloud(services, {
    authorize: (principal, [first]) => {
      if (principal.kind === 'role')
        throw new AwsError('AccessDeniedException', `${principal.roleArn} may not ${first?.action}`, 403);
    },
  });
});
afterAll(() => cloud.stop());

describe('routing', () => {
  test('an operation that the local cloud lacks is named, with those it has', async () => {
    const answer = await json('CreateActivity', '{}');

    expect(answer.status).toBe(501);
    expect(JSON.parse(answer.body)).toMatchObject({
      __type: 'UnknownOperationException',
      message:
        'The local cloud does not have states:CreateActivity. It has: DescribeExecution, ListExecutions, StartExecution.',
    });
    expect(
      JSON.parse((await raw('GET', '/2015-03-31/functions/f', { authorization: authorizationFor('lambda') })).body)
        .message,
    ).toContain('does not have lambda:GetFunction. It has: ListFunctions.');
    expect((await raw('PUT', '/b?policy', { authorization: authorizationFor('s3') })).body).toContain(
      '<Message>The local cloud does not have s3:PutBucketPolicy.',
    );
    expect(
      (
        await raw(
          'POST',
          '/',
          { authorization: authorizationFor('sns'), 'content-type': 'application/x-www-form-urlencoded' },
          'Action=ListTopics',
        )
      ).body,
    ).toContain('<Code>UnknownOperationException</Code><Message>The local cloud does not have sns:ListTopics.');
  });

  test('a service that the local cloud lacks is named', async () => {
    const answer = await raw(
      'POST',
      '/',
      { authorization: authorizationFor('kinesis'), 'x-amz-target': 'Kinesis.PutRecord' },
      '{}',
    );

    expect(JSON.parse(answer.body).message).toBe(
      'The local cloud has no service "kinesis". The local cloud has: dynamodb, lambda, s3, sns, states.',
    );
  });

  test('an unsigned request is an S3 request, or told to be signed', async () => {
    expect((await raw('GET', '/b/k')).body).toBe('b|k');
    expect((await raw('POST', '/', { 'x-amz-target': 'AWSStepFunctions.ListExecutions' }, '{}')).body).toContain(
      'MissingAuthenticationToken',
    );
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await raw('POST', '/', form, 'Action=Publish')).body).toContain('<Code>MissingAuthenticationToken</Code>');
    const item = await raw('POST', '/', { 'x-amz-target': 'DynamoDB_20120810.GetItem' }, '{}');
    expect(item.body).toContain('Request must contain either a valid (registered) AWS access key ID');
    expect((await raw('GET', '/2015-03-31/functions')).body).toContain('Missing Authentication Token');
    expect((await raw('PATCH', '/b/k')).status).toBe(405);
  });

  test('a presigned URL names its service in the query, and expires', async () => {
    const now = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    const presigned = (date: string, expires: number) =>
      `/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=key%2F20260101%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=${date}&X-Amz-Expires=${expires}&X-Amz-SignedHeaders=host&X-Amz-Signature=0&x-id=GetObject`;

    expect((await raw('GET', presigned(now, 60))).body).toBe('b|k');
    expect((await raw('GET', presigned('20200101T000000Z', 60))).body).toContain(
      '<Code>AccessDenied</Code><Message>Request has expired</Message>',
    );
  });

  test('the path of an S3 key is taken as it stands', async () => {
    expect((await raw('GET', '/b/../../etc//passwd')).body).toBe('b|../../etc//passwd');
    expect((await raw('GET', '/b/a+b%20c%2Fd%252F')).body).toBe('b|a+b c/d%2F');
    expect((await raw('GET', '/b/%zz')).body).toContain('<Code>InvalidURI</Code>');
  });

  test('a bucket may be in the host', async () => {
    for (const host of [
      'my.bucket.localhost',
      'my.bucket.s3.localhost',
      'my.bucket.s3.us-east-1.localhost',
      'my.bucket.127.0.0.1',
    ]) {
      expect((await raw('GET', '/a/k', { host: `${host}:${cloud.port}` })).body).toBe('my.bucket|a/k');
    }
    expect((await raw('GET', '/b/k', { host: `s3.localhost:${cloud.port}` })).body).toBe('b|k');
    expect((await raw('GET', '/b/k', { host: `sync-127.0.0.1:${cloud.port}` })).body).toBe('b|k');
  });

  test('hooks take their paths', async () => {
    cloud.hooks.set('/_stepwell/', (call, response) => void response.end(`hook ${call.url}`));

    expect((await raw('PUT', '/_stepwell/response?x=1')).body).toBe('hook /_stepwell/response?x=1');
    expect((await raw('PUT', '/_stepwell/response', { host: 'evil.example' })).status).toBe(403);
  });
});

describe('a raw service', () => {
  const headers = { authorization: authorizationFor('dynamodb'), 'x-amz-target': 'DynamoDB_20120810.GetItem' };

  test('gets the JSON of a request and answers bytes', async () => {
    const answer = await raw('POST', '/', headers, '{"TableName":"t"}');

    expect(answer).toMatchObject({
      status: 203,
      body: '{"TableName":"t"} 17 admin',
      headers: { 'x-own': headers['x-amz-target'] },
    });
    expect(answer.headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('is asked for authorisation first', async () => {
    const answer = await raw('POST', '/', { ...headers, authorization: authorizationFor('dynamodb', 'ASIAR') }, '{}');

    expect(answer.status).toBe(403);
    expect(answer.body).toContain('may not dynamodb:GetItem');
  });
});

describe('errors', () => {
  test('of IAM go out before the operation runs', async () => {
    const sfn = new SFNClient(client(cloud, 'ASIAROLE'));

    await expect(sfn.send(new StartExecutionCommand({ stateMachineArn: 'a' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: 'arn:aws:iam::000000000000:role/ASIAROLE may not states:StartExecution',
      $metadata: { httpStatusCode: 403 },
    });
  });

  test('that AWS does not know are InternalFailure, and logged', async () => {
    const answer = await json('DescribeExecution', '{"executionArn":"a"}');

    expect(answer.status).toBe(500);
    expect(JSON.parse(answer.body)).toMatchObject({ __type: 'InternalFailure' });
    expect(answer.body).not.toContain('a bug');
    expect(cloud.lines.at(-1)).toContain('TypeError: a bug in the operation');
    expect(cloud.lines.at(-1)).toContain(answer.headers['x-amzn-requestid']);
  });

  test('keep their further members', async () => {
    expect(JSON.parse((await json('ListExecutions', '{}')).body)).toEqual({
      __type: 'Throttled',
      message: 'Rate exceeded',
      extra: 1,
    });
  });

  test('of a HEAD request have no body', async () => {
    const answer = await raw('HEAD', '/b/k');

    expect(answer).toMatchObject({ status: 404, body: '' });
  });

  test('tell what is wrong with a body', async () => {
    const message = async (body: string | Buffer, headers = {}) =>
      JSON.parse((await json('StartExecution', body, headers)).body);

    expect(await message('{')).toMatchObject({
      __type: 'SerializationException',
      message: expect.stringContaining('not valid JSON'),
    });
    expect(await message('[]')).toMatchObject({
      __type: 'SerializationException',
      message: 'The request body must be an object, not a list.',
    });
    expect(await message('{"stateMachineArn":1}')).toMatchObject({
      __type: 'SerializationException',
      message: 'stateMachineArn must be a string, not a value of type number.',
    });
    expect(await message('{}')).toMatchObject({ __type: 'ValidationException' });
    expect(await message('x', { 'content-encoding': 'gzip' })).toMatchObject({
      __type: 'SerializationException',
      message: expect.stringContaining('not gzip'),
    });
    expect(
      await message(gzipSync('{"stateMachineArn":"a","name":"zipped"}'), { 'content-encoding': 'gzip' }),
    ).toMatchObject({ executionArn: 'zipped' });
    expect(await message(Buffer.alloc(70_000_000))).toMatchObject({ __type: 'RequestEntityTooLargeException' });
    expect(await message(gzipSync(Buffer.alloc(70_000_000)), { 'content-encoding': 'gzip' })).toMatchObject({
      __type: 'RequestEntityTooLargeException',
    });
  });
});

describe('a browser', () => {
  test.each([
    [{ host: 'evil.example' }],
    [{ host: 'localhost.evil.example:80' }],
    [{ host: '192.168.0.1' }],
    [{ origin: 'https://evil.example' }],
    [{ origin: 'null' }],
    [{ 'sec-fetch-site': 'cross-site' }],
  ])('on another site is refused: %j', async (headers) => {
    const answer = await raw('GET', '/b/k', headers as Record<string, string>);

    expect(answer.status).toBe(403);
    expect(answer.body).toContain('<Code>ForbiddenException</Code>');
  });

  test('on this machine is served', async () => {
    expect(
      (await raw('GET', '/b/k', { origin: `http://localhost:${cloud.port}`, 'sec-fetch-site': 'same-origin' })).status,
    ).toBe(200);
  });
});

test('a port that is taken is told with a remedy', async () => {
  const options = {
    services: [],
    authorize: () => {},
    cloud: cloud.cloud,
    principalFor: () => ({ kind: 'admin' }) as const,
  };

  await expect(startServer({ ...options, port: cloud.port })).rejects.toThrow(PortInUseError);
});

test('random requests never bring the server down, and are never its failure', async () => {
  const header = fc.constantFrom(
    'authorization',
    'x-amz-target',
    'content-type',
    'content-encoding',
    'x-amz-content-sha256',
    'range',
    'x-amz-trailer',
    'smithy-protocol',
    'x-amz-decoded-content-length',
  );
  const value = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.constantFrom(
      authorizationFor('s3'),
      authorizationFor('states'),
      authorizationFor('sns'),
      authorizationFor('lambda'),
      'AWSStepFunctions.StartExecution',
      'aws-chunked',
      'gzip',
      'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'rpc-v2-cbor',
      'application/cbor',
      'application/x-www-form-urlencoded',
    ),
  );
  const safe = (text: string) => text.replace(/[^\x20-\x7e]/g, '_');
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'OPTIONS'),
      fc.oneof(
        fc.webPath(),
        fc.string().map((text) => `/${encodeURI(text.replace(/[\ud800-\udfff]/g, ''))}`),
        fc.constantFrom('/b/k?uploads', '/b?delete', '/?Action=Publish', '/b?list-type=2&max-keys=x', '/%'),
      ),
      fc.dictionary(header, value, { maxKeys: 4 }),
      fc.uint8Array({ maxLength: 100 }),
      async (method, path, headers, body) => {
        const clean = Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, safe(text)]));
        const answer = await raw(method, path.replaceAll(' ', '%20') || '/', clean, Buffer.from(body));

        expect(answer.status).not.toBe(500);
      },
    ),
    { numRuns: 300 },
  );
  expect((await raw('GET', '/b/k')).body).toBe('b|k');
});

test('random bytes on the socket never bring the server down', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      await new Promise<void>((resolve) => {
        const socket = connect(cloud.port, '127.0.0.1', () => socket.end(Buffer.from(bytes)));
        socket.on('error', () => {});
        socket.on('close', () => resolve());
        socket.resume();
      });
    }),
    { numRuns: 50 },
  );
  expect((await raw('GET', '/b/k')).body).toBe('b|k');
});
