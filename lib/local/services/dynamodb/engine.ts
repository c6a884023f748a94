/** dynalite, run inside this process behind a port of its own that nobody else is told. */
import { mkdir } from 'node:fs/promises';
import { Agent, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CloudContext } from '../../service';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Engine {
  send(operation: string, body: Uint8Array | string, contentType?: string): Promise<Answer>;
  close(): Promise<void>;
}

/** dynalite checks that a signature is there, not what it says: the wire has checked who calls. */
const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=local';
const JSON_1_0 = 'application/x-amz-json-1.0';

export async function openEngine(cloud: CloudContext, folder: string): Promise<Engine> {
  await mkdir(folder, { recursive: true });
  const { default: dynalite } = await import('dynalite');
  const server = withEnvironment({ AWS_REGION: cloud.region, AWS_ACCOUNT_ID: cloud.account }, () =>
    dynalite({ path: folder, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 }),
  );
  // A connection that it closed, being idle, could be taken for the next request at the same moment.
  server.keepAliveTimeout = 0;
  const port = await listen(server);
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });

  return {
    send: (operation, body, contentType = JSON_1_0) =>
      new Promise((resolve, reject) => {
        const headers = {
          'content-type': contentType,
          'content-length': Buffer.byteLength(body),
          'x-amz-target': `DynamoDB_20120810.${operation}`,
          'x-amz-date': '20260101T000000Z',
          authorization: AUTHORIZATION,
        };
        const outgoing = request({ host: '127.0.0.1', port, method: 'POST', agent, headers }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...kept } = response.headers;
            resolve({
              status: response.statusCode ?? 500,
              headers: kept as Record<string, string>,
              body: Buffer.concat(chunks),
            });
          });
        });
        outgoing.on('error', reject);
        outgoing.end(body);
      }),
    close: () =>
      new Promise((resolve, reject) => {
        agent.destroy();
        server.close((error) => (error ? reject(error) : resolve()));
      }),
  };
}

const listen = (server: Server) =>
  new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });

/** dynalite takes the region and account of its ARNs from the environment, once, when it is created. */
function withEnvironment<T>(values: Readonly<Record<string, string>>, run: () => T): T {
  const before = Object.keys(values).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, values);
  try {
    return run();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
