/** Clients that begin with HTTP/2 at once are served on the same port as others, by the same rules. */
import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import type { ListQueuesCommandInput } from '@aws-sdk/client-sqs';
import { service, startCloud, type TestCloud } from './services';

let cloud: TestCloud;
let received: ListQueuesCommandInput[];

beforeEach(async () => {
  received = [];
  cloud = await startCloud([
    service('sqs', {
      ListQueues: (input: ListQueuesCommandInput) => {
        received.push(input);
        return { QueueUrls: ['http://q'] };
      },
    }),
  ]);
});
afterEach(() => cloud.stop());

const HEADERS = {
  ':method': 'POST',
  ':path': '/',
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-target': 'AmazonSQS.ListQueues',
  authorization: 'AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=00',
};

function ask(headers: object, body: string): Promise<{ head: IncomingHttpHeaders; text: string }> {
  const client = connectHttp2(cloud.endpoint);
  return new Promise((resolve, reject) => {
    client.on('error', reject);
    const stream = client.request({ ...HEADERS, ...headers });
    let head: IncomingHttpHeaders = {};
    let text = '';
    stream.on('response', (answer) => {
      head = answer;
    });
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
    });
    stream.on('error', reject);
    stream.on('end', () => {
      client.close();
      resolve({ head, text });
    });
    stream.end(body);
  });
}

test('a request is answered as over HTTP/1.1', async () => {
  const { head, text } = await ask({}, '{"QueueNamePrefix":"a"}');
  expect(head[':status' as keyof IncomingHttpHeaders]).toBe(200);
  expect(head['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/);
  expect(JSON.parse(text)).toEqual({ QueueUrls: ['http://q'] });
  expect(received).toEqual([{ QueueNamePrefix: 'a' }]);
});

test('a foreign host is refused', async () => {
  const { head } = await ask({ ':authority': 'evil.example' }, '{}');
  expect(head[':status' as keyof IncomingHttpHeaders]).toBe(403);
  expect(received).toEqual([]);
});

test('nonsense after the preface ends that connection alone', async () => {
  await new Promise<void>((resolve) => {
    const socket = connectSocket(cloud.port, '127.0.0.1', () =>
      socket.write(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${'x'.repeat(500)}`),
    );
    socket.on('data', () => {});
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
  });
  expect((await ask({}, '{}')).text).toContain('http://q');
});

test('a connection that says nothing does not keep the cloud from stopping', async () => {
  const socket = connectSocket(cloud.port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  await ask({}, '{}');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {});
  await cloud.stop();
  await closed;
});
