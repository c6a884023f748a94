/** What the compiler writes, run by the interpreter: every task gets what its schema says, with one partition or with many. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as z from 'zod/mini';
import { describeFinding, lint } from '../../../lib/asl';
import type { StateMachine } from '../../../lib/asl/types';
import { compile } from '../../../lib/compiler';
import { StatesError } from '../../../lib/local/stepfunctions/errors';
import type { JournalRecord } from '../../../lib/local/stepfunctions/history';
import {
  append,
  bigint,
  csv,
  decimal,
  definePipeline,
  key,
  lake,
  landedFiles,
  merge,
  notNull,
  postgres,
  redshift,
  s3Arrival,
  sql,
} from '../../../lib/pipeline';
import { admitInput } from '../../../lib/tasks/admit';
import { checkInput } from '../../../lib/tasks/check';
import type { Partition } from '../../../lib/tasks/common';
import { extractFilesInput } from '../../../lib/tasks/extract-files';
import { loadPostgresInput, loadRedshiftInput, publishLakeInput } from '../../../lib/tasks/load';
import { publishInput } from '../../../lib/tasks/publish';
import { recordInput } from '../../../lib/tasks/record';
import { transformInput } from '../../../lib/tasks/transform';
import { createWorld, run } from './support';

const inputs: Readonly<Record<string, z.ZodMiniType>> = {
  Admit: admitInput,
  ExtractFiles: extractFilesInput,
  Transform: transformInput,
  LoadRedshift: loadRedshiftInput,
  LoadPostgres: loadPostgresInput,
  PublishLake: publishLakeInput,
  Check: checkInput,
  Publish: publishInput,
  Record: recordInput,
};

let folder: string;
let definition: StateMachine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stepwell-compiled-'));
  const pipeline = definePipeline({
    name: 'shop',
    trigger: s3Arrival('orders/*.csv', 'customers/*.csv'),
    sources: {
      orders: landedFiles({
        glob: 'orders/*.csv',
        format: csv(),
        columns: { id: key.bigint(), customer: bigint(), total: decimal(12, 2) },
      }),
      customers: landedFiles({ glob: 'customers/*.csv', format: csv(), columns: { id: key.bigint() } }),
    },
    models: {
      rows: sql.text('SELECT id, customer, total FROM orders'),
      totals: sql.text(
        'SELECT c.id, sum(o.total)::DECIMAL(18, 2) AS total FROM rows o JOIN customers c ON c.id = o.customer GROUP BY c.id',
      ),
    },
    sinks: [
      redshift({ model: 'totals', table: 'shop.totals', write: merge('id') }),
      postgres({ model: 'rows', table: 'shop.orders', write: merge('id') }),
      lake({ model: 'rows', table: 'orders', partitionBy: ['customer'], write: append() }),
    ],
    checks: [notNull('totals', 'id')],
  });
  const compiled = await compile(pipeline, { folder });
  // What CloudFormation puts in: the functions' ARNs.
  const text = JSON.stringify(compiled.definition).replace(
    /\$\{(\w+)FunctionArn\}/g,
    'arn:aws:lambda:us-east-1:000000000000:function:$1',
  );
  definition = JSON.parse(text);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const object = (name: string) => ({
  bucket: 'landing',
  key: name,
  versionId: 'v',
  etag: '"e"',
  size: 1,
  lastModified: '2026-01-01T00:00:00Z',
});
const partitions = (source: string, count: number): Partition[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `${source}-${index}`,
    object: object(`${source}/${index}.csv`),
    format: { kind: 'csv' },
  }));
const manifest = (name: string) => ({ key: `manifests/${name}.json`, etag: '"m"', length: 2 });

/** Runs it with so many partitions of each source; answers as the handlers would. */
async function runWith(orders: number, customers: number, options: { fails?: string; from?: JournalRecord[] } = {}) {
  const seen: { task: string; input: unknown }[] = [];
  const world = createWorld(
    {},
    {
      otherwise: (parameters: never) => {
        const { FunctionName, Payload } = parameters as { FunctionName: string; Payload: Record<string, unknown> };
        const task = FunctionName.slice(FunctionName.lastIndexOf(':') + 1);
        seen.push({ task, input: inputs[task]!.parse(Payload) });
        if (task === options.fails) throw new StatesError('Broken', 'why');
        const result = answer(task, Payload, seen.length, orders, customers);
        return 'taskToken' in Payload ? result : { StatusCode: 200, Payload: result };
      },
    },
  );
  const { from } = options;
  const resume = from === undefined ? {} : { from, redrive: true };
  const input = { arrival: { bucket: 'landing', key: 'orders/0.csv' } };
  const { end, records } = await run(definition, input, { world, ...resume });
  return {
    end,
    records,
    seen,
    of: (task: string) => seen.filter((call) => call.task === task).map(({ input }) => input),
  };
}

function answer(
  task: string,
  payload: Record<string, unknown>,
  count: number,
  orders: number,
  customers: number,
): unknown {
  const sink = (payload.sink as { id: string } | undefined)?.id;
  switch (task) {
    case 'Admit':
      return {
        outcome: 'admitted',
        run: {
          pipeline: 'shop',
          runId: 'run',
          executionArn: 'arn',
          startedAt: '2026-01-01T00:00:00Z',
          loadKey: 'k',
          loadId: '0123456789abcdef',
          generation: 0,
          arrival: 'a',
        },
        objects: [object('orders/0.csv')],
        partitions: { orders: partitions('orders', orders), customers: partitions('customers', customers) },
      };
    case 'ExtractFiles':
    case 'Transform':
      return { manifest: manifest(`${task}-${count}`), rows: 1, bytes: 2, rejected: 0 };
    case 'Check':
      return { passed: 1, warnings: [], rows: 1, rejected: 0 };
    case 'Publish':
      return { sink, rows: 1, changed: true };
    case 'Record':
      return { status: 'SUCCEEDED', rows: 1, rejected: 0, published: [], warnings: [] };
    case 'PublishLake':
      return payload.action === 'publish'
        ? { sink, rows: 1, changed: true }
        : { sink, rows: 1, manifest: manifest('lake') };
    default:
      return { sink, rows: 1, staging: 'stepwell_shop.stg' };
  }
}

test('the compiled machine keeps the rules of the lint', () => {
  expect(lint(definition).map(describeFinding)).toEqual([]);
});

test.each([
  [1, 1],
  [3, 2],
  [1, 0],
  [0, 1],
])(
  'with %i partitions of orders and %i of customers every task gets what its schema says',
  async (orders, customers) => {
    const { end, of } = await runWith(orders, customers);

    expect(end).toMatchObject({ status: 'SUCCEEDED' });
    expect(of('ExtractFiles')).toHaveLength(orders + customers);
    const [record] = of('Record') as { manifests: unknown[]; loaded: unknown[]; published: unknown[] }[];
    expect(record!.manifests).toHaveLength(orders + customers + of('Transform').length);
    expect(record!.loaded).toHaveLength(3);
    expect(record!.published).toHaveLength(3);
    expect(of('Publish')).toHaveLength(2);
  },
);

test('a redrive goes on where a task failed: what was extracted and loaded is not done again', async () => {
  const failed = await runWith(2, 1, { fails: 'Check' });
  expect(failed.end).toMatchObject({ status: 'FAILED', error: 'Broken' });

  const redriven = await runWith(2, 1, { from: failed.records });

  expect(redriven.end).toMatchObject({ status: 'SUCCEEDED' });
  expect(redriven.seen.map(({ task }) => task).sort()).toEqual([
    'Check',
    'Publish',
    'Publish',
    'PublishLake',
    'Record',
  ]);
});
