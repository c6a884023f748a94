/** Senders that pause forever are cut off, and hold up nobody else meanwhile. */
import { connect } from 'node:net';
import { type CloudContext, systemClock } from '../../../lib/local/service';
import { createSqsService } from '../../../lib/local/services/sqs';
import { startServer, type WireServer } from '../../../lib/local/wire';

let server: WireServer;
beforeAll(async () => {
  const cloud = {
    region: 'us-east-1',
    account: '000000000000',
    clock: systemClock,
    log: () => {},
  } as unknown as CloudContext;
  server = await startServer({
    services: [createSqsService()],
    authorize: () => {},
    cloud,
    port: 0,
    principalFor: () => ({ kind: 'admin' }),
    // Long enough for what a busy machine does between two bytes of its own.
    idleMs: 500,
  });
});
afterAll(() => server.stop());

/** Sends this, then nothing; resolves with the answer when the server hangs up. */
function pause(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk;
    });
    // Being hung up on may look like a reset, after the answer.
    socket.on('error', (error) => (answer === '' ? reject(error) : undefined));
    socket.on('close', () => resolve(answer));
  });
}

const SIGNED =
  'authorization: AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0\r\n';

test('in the middle of a head', async () => {
  expect(await pause('GET / HTTP/1.1\r\nhost: localhost\r\nx-a: ')).toMatch(/^HTTP\/1\.1 408 /);
});

test('in the middle of a body, whole or in chunks', async () => {
  const head = `POST / HTTP/1.1\r\nhost: localhost\r\n${SIGNED}x-amz-target: AmazonSQS.ListQueues\r\n`;

  const answers = await Promise.all([
    pause(`${head}content-length: 100\r\n\r\n{"a":`),
    pause(`${head}transfer-encoding: chunked\r\n\r\n5\r\n{"a":\r\n`),
  ]);

  for (const answer of answers) {
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('<Code>RequestTimeout</Code>');
  }
});

test('who was cut off is not missed', async () => {
  const response = await fetch(server.endpoint, {
    headers: { authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/none/aws4_request' },
  });

  expect(response.status).toBe(501);
});
