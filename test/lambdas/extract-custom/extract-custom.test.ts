/** The user's own extractor, run against the local S3: rows, checkpoints, errors with their places, secrets that nobody sees. */
import {
  type CustomEnvironment,
  extractCustom,
  planCustom,
  type UserCode,
} from '../../../lambdas/extract-custom/extract';
import { Hidden, type UserLog } from '../../../lambdas/shared/user-code/log';
import { BadRow, checkpoint, PermanentError } from '../../../lib/pipeline';
import type { ExtractRowsInput } from '../../../lib/tasks/extract-rows';
import { column, RUN, type Staging, startStaging, WORK } from '../staging';

let staging: Staging;
beforeAll(async () => {
  staging = await startStaging();
});
afterAll(() => staging.close());

const SOURCE = {
  name: 'rates',
  columns: [column('id', 'bigint', { nullable: false, key: true }), column('note', 'text')],
  onDrift: 'fail' as const,
  onBadRow: { maxRate: 0.5 },
  config: { kind: 'custom' as const, file: './rates.ts', secrets: ['rates-api'], concurrency: 10 },
};
type Input = Extract<ExtractRowsInput, { action: 'extract' }>;
const input = (more: Partial<Input> = {}): Input => ({
  action: 'extract',
  run: { ...RUN, interval: { start: '2026-01-01T00:00:00.000Z', end: '2026-01-02T00:00:00.000Z' } },
  source: SOURCE,
  partition: { id: 'all', values: {} },
  partitions: 1,
  checkpoint: null,
  ...more,
});
let attempts = 0;
const logged: string[] = [];
const log = (level: string) => (message: string) => {
  logged.push(`${level} ${message}`);
};
function environment(more: Partial<CustomEnvironment> = {}): CustomEnvironment {
  const hidden = new Hidden();
  const levels = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') } satisfies UserLog;
  return {
    s3: staging.s3,
    workBucket: WORK,
    attempt: `attempt-${attempts++}`,
    secrets: { read: async () => ({ token: 'sesame-open' }) },
    hidden,
    log: levels,
    remainingMs: () => 900_000,
    ...more,
  };
}
const extract = (work: unknown, more: Partial<Input> = {}, services: Partial<CustomEnvironment> = {}) =>
  extractCustom(input(more), { default: work }, environment(services));
async function rowsOf(work: unknown, more: Partial<Input> = {}) {
  const output = await extract(work, more);
  const manifest = await staging.manifest(output.staged.manifest);
  return {
    ...output,
    rows: await staging.rows(manifest.datasets.rates!.parts),
    rejects: await staging.rejects(manifest),
  };
}

test('rows and lists of rows are judged by the contract and staged; what is no row goes to quarantine', async () => {
  const {
    staged,
    rows,
    rejects,
    checkpoint: next,
  } = await rowsOf(async function* () {
    yield { id: 1, note: 'a' };
    yield [
      { id: 2n, note: null },
      { id: 'three', note: 'b' },
    ];
    yield 'no row';
    yield { id: '4', note: 'd' };
  });

  expect(rows).toEqual([
    { id: '1', note: 'a' },
    { id: '2', note: null },
    { id: '4', note: 'd' },
  ]);
  expect(staged).toMatchObject({ rows: 3, rejected: 2 });
  expect(rejects.map(({ row, column: of, reason, raw }) => ({ row, of, reason, raw }))).toEqual([
    { row: 3, of: 'id', reason: "'three' is not a whole number", raw: '{"id":"three","note":"b"}' },
    { row: 4, of: null, reason: 'the item is not an object', raw: '"no row"' },
  ]);
  expect(next).toBeNull();
});

test.each<[string, unknown]>([
  ['a function that returns a list', () => [{ id: 1, note: 'a' }]],
  ['an async function that returns one', async () => [{ id: 1, note: 'a' }]],
  [
    'a generator',
    function* () {
      yield { id: 1, note: 'a' };
    },
  ],
])('%s is an extractor as well', async (_, work) => {
  expect((await rowsOf(work)).rows).toEqual([{ id: '1', note: 'a' }]);
});

test('the context says what is to be read', async () => {
  let seen: Record<string, unknown> = {};
  await extract(
    (context: Record<string, unknown>) => {
      seen = context;
      return [];
    },
    {
      partition: { id: 'EUR', values: { weight: 2 } },
      cursor: { column: 'at', from: '2026-01-01T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z' },
    },
  );

  expect(seen).toMatchObject({
    interval: { start: '2026-01-01T00:00:00.000Z', end: '2026-01-02T00:00:00.000Z' },
    partition: { id: 'EUR', weight: 2 },
    cursor: { column: 'at', to: '2026-01-02T00:00:00.000Z' },
    checkpoint: null,
  });
});

describe('checkpoints', () => {
  const pages = async function* ({ checkpoint: from }: { checkpoint: { page: number } | null }) {
    for (let page = from?.page ?? 1; page <= 5; page++) {
      yield { id: page, note: null };
      yield checkpoint({ page: page + 1 });
    }
  };

  test('with time left the extractor goes on; short of it, it stops there, and the next invocation goes on', async () => {
    expect(await extract(pages)).toMatchObject({ staged: { rows: 5 }, checkpoint: null });

    let calls = 0;
    const short = await extract(pages, {}, { remainingMs: () => (++calls > 3 ? 100_000 : 900_000) });
    expect(short).toMatchObject({ checkpoint: { position: { page: expect.any(Number) }, rows: expect.any(Number) } });
    const { rows } = short.staged;
    expect(rows).toBeLessThan(5);
    const rest = await rowsOf(pages, { checkpoint: short.checkpoint });
    expect(rest.rows.map(({ id }) => Number(id))).toEqual([1, 2, 3, 4, 5].slice(rows));
    expect(rest.checkpoint).toBeNull();
  });

  test('one that is returned ends the invocation; rows are counted on in the next', async () => {
    const output = await rowsOf(
      async function* () {
        yield { id: 'x', note: null };
        yield { id: 2, note: null };
        return checkpoint({ page: 2 });
      },
      { checkpoint: { position: { page: 1 }, rows: 10 } },
    );

    expect(output.checkpoint).toEqual({ position: { page: 2 }, rows: 12 });
    expect(output.rejects.map(({ row }) => row)).toEqual([11]);
  });

  test.each<[string, unknown, object | null, RegExp]>([
    [
      'that stays where it was',
      async function* () {
        yield* [];
        return checkpoint({ page: 1 });
      },
      { position: { page: 1 }, rows: 3 },
      /stopped where it had begun, at the checkpoint \{"page":1\}, without a row/,
    ],
    [
      'that is no JSON',
      async function* () {
        yield checkpoint({ last: 1n });
      },
      null,
      /gave a checkpoint that cannot be kept: it is plain JSON, not null, of at most 16384 bytes/,
    ],
    [
      'that is too large',
      async function* () {
        yield checkpoint('x'.repeat(20_000));
      },
      null,
      /cannot be kept/,
    ],
  ])('one %s is an error that no retry can mend', async (_, work, before, message) => {
    await expect(extract(work, { checkpoint: before })).rejects.toMatchObject({
      name: 'SourceRefused',
      message: expect.stringMatching(message),
    });
  });

  test('without one, an extractor that is aborted by its signal, or ends after it, has not read all: that is said', async () => {
    const aborted = async function* ({ signal }: { signal: AbortSignal }) {
      yield { id: 1, note: null };
      // It may be so already.
      signal.throwIfAborted();
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    };
    const gaveUp = async function* ({ signal }: { signal: AbortSignal }) {
      yield* [];
      while (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    for (const work of [aborted, gaveUp]) {
      await expect(extract(work, {}, { remainingMs: () => 60_020 })).rejects.toMatchObject({
        name: 'SourceRefused',
        message:
          'Source rates (./rates.ts) was not done when its time was up: yield checkpoint(…) now and then, at least once a minute, so that another invocation goes on from there.',
      });
    }
  });
});

describe('errors', () => {
  test('of the user’s code say where it threw, and are tried again', async () => {
    const error = await extract(async function* () {
      yield { id: 1, note: null };
      throw new Error('the API answered 500', { cause: new Error('socket hang up') });
    }).catch((one) => one);

    expect(error).toMatchObject({ name: 'ExtractorFailed' });
    expect(error.message).toMatch(
      /^Source rates \(\.\/rates\.ts\) failed: the API answered 500 \(socket hang up\) \(at .*extract-custom\.test\.ts:\d+:\d+/,
    );
  });

  test('do not say in their own words what failed where rows hold personal data', async () => {
    const columns = [...SOURCE.columns, column('email', 'text', { pii: 'mask' })];
    const parse = async () => JSON.parse('{"email": anna@example.com}');
    const error = await extract(parse, { source: { ...SOURCE, columns } }).catch((one) => one);

    expect(error.message).toMatch(
      /failed: SyntaxError \(at .*extract-custom\.test\.ts:\d+:\d+.*\)\. Its message is withheld/,
    );
    expect(`${error.message}${error.cause ?? ''}`).not.toContain('anna@');
  });

  test('say which secret is not declared all the same, unless what asks for it is no name of one', async () => {
    const columns = [...SOURCE.columns, column('email', 'text', { pii: 'mask' })];
    const reading = (name: string) =>
      extract(async ({ secret }: { secret(name: string): Promise<object> }) => secret(name), {
        source: { ...SOURCE, columns },
      }).catch((one) => one);

    expect(await reading('crm')).toMatchObject({
      name: 'SourceRefused',
      message: expect.stringContaining("reads the secret 'crm', which its definition does not name. Add it"),
    });
    const { message } = await reading('anna@example.com');
    expect(message).toContain('reads a secret by what is no name');
    expect(message).not.toContain('anna@');
  });

  test('that are permanent are not tried again', async () => {
    const run = extract(async () => {
      throw new PermanentError('The API refuses the token.');
    });
    await expect(run).rejects.toMatchObject({
      name: 'SourceRefused',
      message: expect.stringMatching(/^Source rates \(\.\/rates\.ts\) failed: The API refuses the token \(at /),
    });
  });

  test('never show what a secret holds; a secret that the source does not name is refused', async () => {
    const leaking = extract(async ({ secret }: { secret(name: string): Promise<{ token: string }> }) => {
      const { token } = await secret('rates-api');
      throw new TypeError(`401 for Bearer ${token}`);
    });
    await expect(leaking).rejects.toThrow(/failed: TypeError: 401 for Bearer \*\*\* \(at /);
    const other = extract(async ({ secret }: { secret(name: string): Promise<object> }) => {
      await secret('crm');
    });
    await expect(other).rejects.toMatchObject({
      name: 'SourceRefused',
      message:
        "Source rates (./rates.ts) reads the secret 'crm', which its definition does not name. Add it, and deploy: secrets: ['rates-api', 'crm'].",
    });
  });

  test.each<[string, UserCode, RegExp]>([
    ['no default export', {}, /has no function as its default export/],
    ['one that is no function', { default: [] }, /has no function as its default export/],
    [
      'a function without rows',
      { default: () => undefined },
      /gives no rows: its default export is to be an async generator/,
    ],
    ['a text', { default: () => 'abc' }, /gives no rows/],
  ])('%s is told plainly', async (_, code, message) => {
    await expect(extractCustom(input(), code, environment())).rejects.toMatchObject({
      name: 'SourceRefused',
      message: expect.stringMatching(message),
    });
  });

  test('drift is that of every source', async () => {
    await expect(extract(() => [{ id: 1, noted: 'x' }])).rejects.toMatchObject({ name: 'ContractDrift' });
  });

  test('a BadRow is for row functions: here it is an error like another', async () => {
    await expect(
      extract(() => {
        throw new BadRow('no');
      }),
    ).rejects.toMatchObject({ name: 'ExtractorFailed' });
  });
});

describe('partitions', () => {
  const plan = (planned?: unknown, partitions?: Input['partition'][]) =>
    planCustom(
      { action: 'plan', run: RUN, source: SOURCE, ...(partitions ? { partitions } : {}) },
      planned === undefined ? {} : { plan: () => planned },
      environment(),
    );

  test('are those that the file plans, or declared, or all in one', async () => {
    expect(await plan([{ id: 'EUR', weight: 1 }, { id: 'USD' }])).toEqual({
      partitions: [
        { id: 'EUR', values: { weight: 1 } },
        { id: 'USD', values: {} },
      ],
    });
    expect(await plan(Promise.resolve([]))).toEqual({ partitions: [] });
    expect(await plan(undefined, [{ id: 'a', values: {} }])).toEqual({ partitions: [{ id: 'a', values: {} }] });
    expect(await plan()).toEqual({ partitions: [{ id: 'all', values: {} }] });
  });

  test('are as many as the state of the run has room for, where it keeps what they stage', async () => {
    const planned = Array.from({ length: 300 }, (_, n) => ({ id: `p${n}` }));
    const planWithin = (stateBytes?: number) =>
      planCustom(
        { action: 'plan', run: RUN, source: SOURCE, ...(stateBytes === undefined ? {} : { stateBytes }) },
        { plan: () => planned },
        environment(),
      );

    expect((await planWithin()).partitions).toHaveLength(300);
    expect((await planWithin(120_000)).partitions).toHaveLength(300);
    await expect(planWithin(60_000)).rejects.toMatchObject({
      name: 'SourceRefused',
      message: expect.stringMatching(
        /planned 300 partitions, and the run's state has room for what some \d{3} have staged\. Plan fewer and larger ones, or set tolerate on the source/,
      ),
    });
  });

  test.each<[unknown, RegExp]>([
    ['EUR', /planned no list of partitions/],
    [[{ id: 'a/b' }], /planned partition 1 with the id "a\/b": an id has letters/],
    [[{ id: 'a' }, { id: 'a' }], /planned partition 2 with the id 'a', which another one has/],
    [[{ id: 'a', at: new Date() }], /planned partition 1 with at, which is no text, number, boolean or null/],
    [
      Array.from({ length: 3000 }, (_, n) => ({ id: `p${n}`, text: 'x'.repeat(60) })),
      /planned 3000 partitions of \d+ bytes/,
    ],
  ])('%j are refused', async (planned, message) => {
    await expect(plan(planned)).rejects.toMatchObject({
      name: 'SourceRefused',
      message: expect.stringMatching(message),
    });
  });
});
