import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT_ROOT } from '../../lib/constructs/cache';

/** Stands in for `lambdas/`; within the project, whose packages the handlers import. */
const folder = `test/constructs/.handlers-${process.pid}`;
const lambdas = join(PROJECT_ROOT, folder);

function task(name: string, files: Record<string, string>): string {
  const kind = `${name}-${process.pid}`;
  mkdirSync(join(lambdas, kind), { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(lambdas, kind, file), text);
  return kind;
}

/** As the next synth would, which is another process. */
function freshly<T>(work: (module: typeof import('../../lib/constructs/bundle')) => T): T {
  let result: T | undefined;
  jest.isolateModules(() => {
    result = work(require('../../lib/constructs/bundle'));
  });
  return result as T;
}

afterAll(() => rmSync(lambdas, { recursive: true, force: true }));

test('a bundle is one CommonJS file, the same each time it is made', () => {
  const kind = task('plain', { 'handler.ts': 'export const handler = async (name: string) => name.length;' });

  const first = freshly(({ bundle }) => bundle(kind, folder));
  rmSync(first.directory, { recursive: true });
  const second = freshly(({ bundle }) => bundle(kind, folder));

  expect(readdirSync(second.directory)).toEqual(['index.js']);
  expect(second).toEqual(first);
  expect(existsSync(second.sourceMap)).toBe(true);
  expect(typeof require(join(second.directory, 'index.js')).handler).toBe('function');
});

test('it is made again when a file that it imports has changed, and only then', () => {
  const kind = task('importing', {
    'handler.ts': "import { word } from './word';\nexport const handler = async () => word;",
    'word.ts': "export const word = 'before';",
  });

  const before = freshly(({ bundle }) => bundle(kind, folder));
  const same = freshly(({ bundle }) => bundle(kind, folder));
  writeFileSync(join(lambdas, kind, 'word.ts'), "export const word = 'after';");
  const after = freshly(({ bundle }) => bundle(kind, folder));

  expect(same.hash).toBe(before.hash);
  expect(after.hash).not.toBe(before.hash);
  expect(readFileSync(join(after.directory, 'index.js'), 'utf8')).toContain('after');
});

test('error classes keep their names, by which the state machine decides on retries', () => {
  const kind = task('failing', {
    'handler.ts': `import { ContractDrift } from '../../../../lib/tasks/errors';
export const handler = async () => { throw new ContractDrift('gone'); };`,
  });

  const { directory } = freshly(({ bundle }) => bundle(kind, folder));

  return expect(require(join(directory, 'index.js')).handler()).rejects.toMatchObject({ name: 'ContractDrift' });
});

test('errors of AWS come by their names, though their classes are left out', async () => {
  const kind = task('refused', {
    'handler.ts': `import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
export const handler = async (service: string) => service === 's3'
  ? new S3Client({ forcePathStyle: true }).send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }))
  : new DynamoDBClient({}).send(new PutItemCommand({ TableName: 't', Item: {} }));`,
  });
  const { directory } = freshly(({ bundle }) => bundle(kind, folder));
  const server = createServer((request, response) => {
    const isS3 = request.method === 'GET';
    response.writeHead(isS3 ? 404 : 400, { 'content-type': isS3 ? 'application/xml' : 'application/x-amz-json-1.0' });
    response.end(
      isS3
        ? '<Error><Code>NoSuchKey</Code><Message>There is no such key.</Message></Error>'
        : '{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"Taken."}',
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    // In a process of its own, as Jest's modules cannot import what the SDK loads on demand.
    const script = `const { handler } = require(process.argv[1]);
      const errors = ['s3', 'dynamodb'].map((service) => handler(service).catch((e) => [e.name, e.message, e.$metadata.httpStatusCode]));
      Promise.all(errors).then((told) => process.stdout.write(JSON.stringify(told)));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script, join(directory, 'index.js')], {
      env: {
        AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
      },
    });

    expect(JSON.parse(stdout)).toEqual([
      ['NoSuchKey', 'There is no such key.', 404],
      ['ConditionalCheckFailedException', 'Taken.', 400],
    ]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('no function loads more than 500 KB, but for those that bring a database driver', () => {
  const drivers = ['extract-mysql', 'extract-postgres', 'publish-keyspaces', 'consume'];
  const tasks = readdirSync(join(PROJECT_ROOT, 'lambdas')).filter(
    (name) => existsSync(join(PROJECT_ROOT, 'lambdas', name, 'handler.ts')) && !drivers.includes(name),
  );

  const sizes = freshly(({ bundle, bundleAll }) => {
    bundleAll(tasks);
    return tasks.map((name) => ({ name, bytes: bundle(name).bytes }));
  });

  expect(sizes.filter(({ bytes }) => bytes > 500_000)).toEqual([]);
});

test('DuckDB stays outside: the layer brings it', () => {
  const kind = task('duck', {
    'handler.ts':
      "import { DuckDBInstance } from '@duckdb/node-api';\nexport const handler = () => DuckDBInstance.create();",
  });

  const { directory, bytes } = freshly(({ bundle }) => bundle(kind, folder));

  expect(readFileSync(join(directory, 'index.js'), 'utf8')).toContain('require("@duckdb/node-api")');
  expect(bytes).toBeLessThan(5_000);
});

test('a missing handler and a handler that does not parse are errors that name it', () => {
  const kind = task('broken', { 'handler.ts': 'export const handler = async () => {' });

  freshly(({ bundle }) => {
    expect(() => bundle('no-such-task', folder)).toThrow(`There is no ${folder}/no-such-task/handler.ts`);
    expect(() => bundle(kind, folder)).toThrow(new RegExp(`Bundling ${kind} failed.[\\s\\S]*Unexpected end of file`));
  });
});

test('what stages rows brings its encoding thread and the WebAssembly beside the bundle, and works there', async () => {
  const kind = task('rows', {
    'handler.ts': `import { openParquetEncoder } from '../../../../lambdas/shared/rows/parquet-encoder';
export const handler = async () => {
  const encoder = openParquetEncoder();
  const values = new Uint8Array(Int32Array.of(1, 2, 3).buffer);
  const { file } = await encoder.encode([{ name: 'n', type: { type: 'integer' }, values }], 3);
  return Buffer.from(file).toString('latin1', 0, 4) + ' ' + values.length;
};`,
  });

  const { directory, bytes } = freshly(({ bundle }) => bundle(kind, folder));

  expect(readdirSync(directory).toSorted()).toEqual(['index.js', 'parquet-worker.js', 'parquet_wasm_bg.wasm']);
  expect(bytes).toBeLessThan(10_000);
  // The values' memory has gone to the thread: nothing was copied.
  expect(await require(join(directory, 'index.js')).handler()).toBe('PAR1 0');
});
