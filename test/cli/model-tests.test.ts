/** `npx stepwell test` over pipelines of the test's own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test as testModels } from '../../lib/cli/test';
import { findSpark } from '../../lib/local/services/emr-serverless/find-spark';
import { PROJECT_ROOT } from '../../lib/operate/pipelines';

const onSpark = findSpark() ? test : test.skip;

let parent: string;
let stdout: string;
beforeEach(() => {
  // Within the project, so that its imports find `lib/pipeline` and its files are transformed.
  parent = mkdtempSync(path.join(PROJECT_ROOT, 'test/cli/.model-tests-'));
  mkdirSync(path.join(parent, 'ferries'));
  file(
    'pipeline.ts',
    `import { append, bigint, cron, decimal, definePipeline, httpApi, json, key, postgres, sql, text, timestamp } from '../../../../lib/pipeline';
export default definePipeline({
  name: 'ferries',
  trigger: cron('0 * * * *'),
  sources: {
    crossings: httpApi({
      url: 'https://example.com',
      columns: {
        id: key.bigint(), port: text(5), fare: decimal(8, 2), left_at: timestamp({ timezone: 'Europe/Berlin' }), extra: json(),
      },
    }),
  },
  models: {
    fares: sql('fares.sql'),
    ports: sql.text('SELECT port, count(*) AS n, sum(fare) AS fares FROM fares GROUP BY port ORDER BY port'),
    late: sql.text('SELECT id FROM fares WHERE left_at >= {{interval.start}}'),
  },
  sinks: [
    postgres({ model: 'ports', table: 'sea.ports', write: append() }),
    postgres({ model: 'late', table: 'sea.late', write: append() }),
  ],
});
`,
  );
  file(
    'fares.sql',
    "SELECT\n  id, port, fare, left_at,\n  CAST(extra ->> 'seat' AS INTEGER) AS seat\nFROM crossings\n",
  );
  stdout = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text;
    return true;
  });
});
afterEach(() => {
  process.exitCode = 0;
  jest.restoreAllMocks();
  rmSync(parent, { recursive: true, force: true });
});

const file = (name: string, text: string) => writeFileSync(path.join(parent, 'ferries', name), text);
const place = (name: string) => path.relative(process.cwd(), path.join(parent, 'ferries', name));
const run = async (pipeline?: string, model?: string) => {
  await testModels(pipeline, model, { json: false, parent });
  return { exitCode: process.exitCode, text: stdout };
};

test('a model is run over what a test gives; inputs that it does not give are empty', async () => {
  file(
    'fares.test.yaml',
    `- name: times are of the contract's zone, seats of the document
  given:
    crossings:
      - { id: 1, port: KIEL, fare: 12.5, left_at: 2026-07-01 10:00, extra: { seat: 7, deck: 2 } }
  expect:
    - { id: 1, port: KIEL, fare: 12.50, left_at: 2026-07-01T08:00Z, seat: 7 }
- { name: of nothing comes nothing, expect: [] }
`,
  );
  file(
    'ports.test.yaml',
    `- name: a port for each port
  given:
    fares: |
      id, port, fare
      1,  KIEL, 1.50
      2,  OSLO, 2
      3,  KIEL, 1
  ordered: true
  expect: |
    port, n, fares
    KIEL, 2, 2.50
    OSLO, 1, 2
`,
  );
  file(
    'late.test.yaml',
    `- name: in the interval
  interval: { start: 2026-01-31T10:00Z, end: 2026-01-31T11:00Z }
  given: { fares: [{ id: 1, left_at: 2026-01-31T10:00Z }, { id: 2, left_at: 2026-01-31T09:59:59.999999Z }] }
  expect: [{ id: 1 }]
`,
  );

  expect(await run()).toEqual({
    exitCode: 0,
    text: [
      'ferries',
      "  ✓ fares: times are of the contract's zone, seats of the document",
      '  ✓ fares: of nothing comes nothing',
      '  ✓ late: in the interval',
      '  ✓ ports: a port for each port',
      '',
      '4 of 4 tests passed',
      '',
    ].join('\n'),
  });
});

test('a row function is called for each row, and its rows go through their contract', async () => {
  file(
    'pipeline.ts',
    `import { append, decimal, definePipeline, httpApi, cron, key, postgres, rowFunction, text, timestamp } from '../../../../lib/pipeline';
export default definePipeline({
  name: 'ferries',
  trigger: cron('0 * * * *'),
  sources: { crossings: httpApi({ url: 'https://example.com', columns: { id: key.bigint(), fare: decimal(8, 2), left_at: timestamp() } }) },
  models: { seats: rowFunction('./seats.ts', { from: 'crossings', columns: { id: key.bigint(), seat: text(2), fare: decimal(8, 1), left_at: timestamp() } }) },
  sinks: [postgres({ model: 'seats', table: 'sea.seats', write: append() })],
});
`,
  );
  file(
    'seats.ts',
    `export default ({ id, fare, left_at }: { id: bigint; fare: string; left_at: string }, { interval }: { interval?: { start: string } }) =>
  id === 9n ? null : ['A', 'B'].map((deck) => ({ id, seat: deck + id, fare, left_at: interval?.start ?? left_at }));
`,
  );
  file(
    'seats.test.yaml',
    `- name: a seat on each deck
  interval: { start: 2026-01-31, end: 2026-02-01 }
  given: { crossings: [{ id: 1, fare: 12.50 }, { id: 9 }] }
  expect: |
    id, seat, fare, left_at
    1,  A1,   12.5, 2026-01-31T00:00Z
    1,  B1,   12.5, 2026-01-31T00:00Z
- name: numbers that do not fit
  given: { crossings: [{ id: 1 }, { id: 10, fare: 1.25 }] }
  expect: [{ id: 1, seat: A1 }, { id: 1, seat: B1 }, { id: 10, seat: A10 }]
`,
  );
  const at = `${place('seats.test.yaml')}`;

  expect(await run()).toEqual({
    exitCode: 2,
    text: [
      'ferries',
      '  ✓ seats: a seat on each deck',
      '  ✗ seats: numbers that do not fit',
      `      ${at}:10: seats.seat: the text has 3 characters, the column takes 2. The column is text(2).`,
      '',
      '1 of 2 tests passed',
      '',
    ].join('\n'),
  });
  file('seats.test.yaml', '- name: bad\n  given: { crossings: [{ id: 10, fare: 1.25 }] }\n  expect: [{ id: 10 }]\n');
  stdout = '';
  expect((await run()).text).toBe(
    [
      'ferries',
      '  ✗ seats: bad',
      `      ${at}:1: 1 row missing (-)`,
      '         id',
      '      -  10',
      '      what was made of row 1 is a bad row: seat: the text has 3 characters, the column takes 2',
      '      what was made of row 1 is a bad row: seat: the text has 3 characters, the column takes 2',
      '',
      '0 of 1 test passed',
      '',
    ].join('\n'),
  );
});

test('a model that runs in Redshift has no tests, as its SQL means something else here', async () => {
  file(
    'pipeline.ts',
    `import { append, cron, definePipeline, httpApi, key, redshift, replace, sql } from '../../../../lib/pipeline';
export default definePipeline({
  name: 'ferries',
  trigger: cron('0 * * * *'),
  sources: { crossings: httpApi({ url: 'https://example.com', columns: { id: key.bigint() } }) },
  models: { trips: sql.text('SELECT id FROM crossings'), halves: sql.text('SELECT id / 2 AS half FROM trips', { engine: 'redshift' }) },
  sinks: [
    redshift({ model: 'trips', table: 'sea.trips', write: append() }),
    redshift({ model: 'halves', table: 'sea.halves', write: replace() }),
  ],
});
`,
  );
  file('halves.test.yaml', '- { name: a, expect: [] }\n');

  const { exitCode, text } = await run();

  expect(exitCode).toBe(2);
  expect(text).toContain(
    `${place('halves.test.yaml')}:1: halves runs in Redshift, which divides, rounds and compares otherwise than the engine of tests. Remove the file;`,
  );
  expect(text).toContain('  no tests for trips\n');
});

describe('models on Spark', () => {
  beforeEach(() => {
    file(
      'pipeline.ts',
      `import { append, bigint, cron, date, decimal, definePipeline, double, httpApi, json, key, lake, pyspark, sql, text, timestamp } from '../../../../lib/pipeline';
const spark = { engine: 'spark' } as const;
export default definePipeline({
  name: 'ferries',
  trigger: cron('0 * * * *'),
  sources: {
    crossings: httpApi({
      url: 'https://example.com',
      columns: { id: key.bigint(), port: text(9), fare: decimal(8, 2), left_at: timestamp(), sailed: date(), share: double(), extra: json() },
    }),
  },
  models: {
    late: sql.text('SELECT * FROM crossings WHERE left_at >= {{interval.start}} ORDER BY left_at DESC', spark),
    seats: sql.text(
      \`SELECT get_json_object("extra", '$.seat') AS seat, percentile(fare, 0.5D) AS middle, percentile(fare, 0.5D) AS even, max(fare) AS up
       FROM crossings GROUP BY 1\`,
      { ...spark, columns: { seat: text(2), middle: double(), even: bigint(), up: bigint() } },
    ),
    fares: pyspark('ranked.py', { from: 'crossings', columns: { port: text(9), rank: bigint() } }),
  },
  sinks: (['late', 'seats', 'fares'] as const).map((model) => lake({ model, table: model, write: append(), partitionBy: [] })),
});
`,
    );
    file(
      'ranks.py',
      'from pyspark.sql import Window, functions as F\nRANK = F.rank().over(Window.orderBy(F.desc("fare")))\n',
    );
    file(
      'ranked.py',
      "from ranks import RANK\n\n\ndef model(spark, inputs):\n    crossings = inputs['crossings']\n    if crossings.isEmpty():\n        return crossings.select('rank')\n    return crossings.withColumn('rank', RANK)\n",
    );
    file(
      'late.test.yaml',
      `- name: values of every type come through as they are, in order
  interval: { start: 2026-07-01T08:00Z, end: 2026-07-02T08:00Z }
  ordered: true
  given:
    crossings:
      - { id: 1, port: Tromsø 🛳, fare: 12.50, left_at: 2026-07-01T08:00:00.123456Z, sailed: 1581-03-01, share: 0.1, extra: { b: [1, null], a: ü } }
      - { id: 2, left_at: 2026-07-01T07:59:59.999Z }
      - { id: 3, port: '', fare: -0.01, left_at: 2026-07-02T08:00Z, sailed: 0001-01-01 }
  expect:
    - { id: 3, port: '', fare: -0.01, left_at: 2026-07-02T08:00Z, sailed: 0001-01-01, share: null, extra: null }
    - { id: 1, port: Tromsø 🛳, fare: 12.5, left_at: 2026-07-01T08:00:00.123456Z, sailed: 1581-03-01, share: 0.1, extra: { a: ü, b: [1, null] } }
- name: a test that is wrong leaves the others alone
  expect: []
`,
    );
  });

  onSpark(
    'run there, all in one: values, order and interval; what differs; what is wrong in its words',
    async () => {
      file(
        'seats.test.yaml',
        `- name: the middle of each seat
  given: { crossings: [{ id: 1, fare: 0.5, extra: { seat: A } }, { id: 2, fare: 4.5, extra: { seat: A } }] }
  expect: [{ seat: A, middle: 2, even: 2, up: 5 }]
- { name: of nothing comes nothing, expect: [] }
`,
      );
      file(
        'fares.test.yaml',
        `- name: by their fare
  given:
    crossings: [{ id: 1, port: KIEL, fare: 1.5 }, { id: 2, port: OSLO, fare: 9 }]
  expect: [{ port: OSLO, rank: 1 }, { port: KIEL, rank: 2 }]
- name: no column, of an input without rows
  expect: []
`,
      );

      const { exitCode, text } = await run();

      expect(exitCode).toBe(2);
      const lines = text.split('\n');
      expect(lines.filter((line) => /✓|✗/.test(line))).toEqual([
        '  ✓ fares: by their fare',
        '  ✗ fares: no column, of an input without rows',
        '  ✓ late: values of every type come through as they are, in order',
        '  ✗ late: a test that is wrong leaves the others alone',
        '  ✗ seats: the middle of each seat',
        '  ✓ seats: of nothing comes nothing',
      ]);
      expect(text).toMatch(/ranked\.py, line 7: \[UNRESOLVED_COLUMN\.WITH_SUGGESTION\] .*`rank` cannot be resolved/);
      expect(text).toContain(`${place('late.test.yaml')}:12: the SQL of late uses the interval of the run.`);
      // Names in double quotes; fractions are rounded as in DuckDB.
      expect(text).toMatch(/≠ {2}A {5}2 → 2\.5 +2 +5/);
    },
    300_000,
  );

  test('are left out where there is none, with a sentence that says how to install it', async () => {
    const { PATH, JAVA_HOME } = process.env;
    process.env.PATH = '/nowhere';
    delete process.env.JAVA_HOME;
    try {
      const { exitCode, text } = await run();

      expect(exitCode).toBe(0);
      expect(text).toContain('\n0 of 0 tests passed, 1 file skipped\n');
      expect(text).toContain(
        '  - late: skipped, as no Spark is installed on this machine: pip install pyspark==3.5.5, and install Java 17 (',
      );
    } finally {
      process.env.PATH = PATH;
      if (JAVA_HOME !== undefined) process.env.JAVA_HOME = JAVA_HOME;
    }
  });
});

test('where rows differ, the difference is shown cell by cell', async () => {
  file(
    'ports.test.yaml',
    `- name: a port for each port
  given:
    fares: [{ id: 1, port: KIEL, fare: 1.5 }, { id: 2, port: OSLO, fare: 2 }, { id: 3, port: null }]
  expect:
    - { port: KIEL, n: 2, fares: 1.5 }
    - { port: null, n: 1, fares: null }
    - { port: BERG, n: 7, fares: 9 }
`,
  );

  const { exitCode, text } = await run('ferries', 'ports');

  expect(exitCode).toBe(1);
  expect(text).toBe(
    [
      'ferries',
      '  ✗ ports: a port for each port',
      `      ${place('ports.test.yaml')}:1: 1 row differs, 1 row missing (-), 1 row unexpected (+) (expected → got)`,
      '         port  n      fares',
      '      ≠  KIEL  2 → 1  1.5',
      '      -  BERG  7      9',
      '      +  OSLO  1      2',
      '',
      '0 of 1 test passed',
      '',
    ].join('\n'),
  );
});

test('SQL that fails on the rows of a test is told with its line', async () => {
  file('fares.test.yaml', '- name: seats\n  given: { crossings: [{ id: 1, extra: { seat: A1 } }] }\n  expect: []\n');

  const { exitCode, text } = await run('ferries', 'fares');

  expect(exitCode).toBe(1);
  expect(text).toContain(
    `${place('fares.test.yaml')}:1: Model fares failed: Conversion Error: Could not convert string 'A1' to INT32`,
  );
  expect(text).toContain('(line 3 of its SQL: ');
  expect(text).not.toContain('Nothing was published');
});

test('what is wrong with a test is told with its line, and exits with 2', async () => {
  file(
    'fares.test.yaml',
    `- name: wrong
  interval: { start: 2026-01-31, end: 2026-02-01 }
  given:
    crossing: []
    crossings:
      - id: x
        fares: 1
        port: Kristiansand
        left_at: 31.01.2026
      - { id: null, extra: '{' }
  expect:
    - { id: 1, sea: 2 }
`,
  );
  file('late.test.yaml', '- { name: no interval, expect: [] }\n');
  file('prts.test.yaml', '- { name: a, expect: [] }\n');
  const at = (line: number) => `      ${place('fares.test.yaml')}:${line}: `;

  expect(await run('ferries')).toEqual({
    exitCode: 2,
    text: [
      'ferries',
      '  ✗ fares: wrong',
      `${at(4)}'crossing' is no input of fares. Did you mean 'crossings'?`,
      `${at(6)}crossings.id: 'x' is not a whole number. The column is bigint: write e.g. 42.`,
      `${at(7)}crossings has no column 'fares'. Did you mean 'fare'?`,
      `${at(8)}crossings.port: the text has 12 characters, the column takes 5. The column is text(5).`,
      `${at(9)}crossings.left_at: '31.01.2026' is not a timestamp (YYYY-MM-DD HH:MM:SS, maybe with an offset). The column is timestamp: write e.g. 2026-01-31T10:00:00Z.`,
      `${at(10)}crossings.id may not be NULL. Give a value, or leave the column out where it does not matter.`,
      `${at(10)}crossings.extra: '{' is not JSON. The column is json: write e.g. '{"a": 1}', or a map.`,
      `${at(12)}fares has no column 'sea'. Did you mean 'seat'?`,
      '  ✗ late: no interval',
      `      ${place('late.test.yaml')}:1: the SQL of late uses the interval of the run. Add e.g. interval: { start: 2026-01-01, end: 2026-01-02 }.`,
      `  ${place('prts.test.yaml')}:1: pipeline 'ferries' has no model 'prts', and the file's name says which model it tests. Did you mean 'ports'?`,
      '  no tests for ports',
      '',
      '0 of 2 tests passed',
      '',
    ].join('\n'),
  });
});

test('without tests it says how to write some', async () => {
  expect(await run()).toEqual({
    exitCode: 0,
    text: [
      'ferries',
      '  no tests for fares, ports, late',
      '',
      'No tests: write them into <model>.test.yaml beside the SQL (docs/pipelines.md shows how).',
      '',
    ].join('\n'),
  });
});

test.each([
  ['feries', undefined, "There is no pipeline 'feries'. Did you mean 'ferries'?"],
  ['ferries', 'fare', "Pipeline 'ferries' has no model 'fare'. Did you mean 'fares'?"],
])('%s %s is refused', async (pipeline, model, message) => {
  await expect(run(pipeline, model)).rejects.toThrow(message);
});

test('--json tells the same for scripts', async () => {
  file('ports.test.yaml', '- { name: a, given: { fares: [{ id: 1, port: KIEL }] }, expect: [{ port: OSLO, n: 1 }] }\n');

  await testModels('ferries', 'ports', { json: true, parent });

  expect(JSON.parse(stdout)).toEqual([
    {
      pipeline: 'ferries',
      files: [
        {
          file: place('ports.test.yaml'),
          model: 'ports',
          mistakes: [],
          tests: [
            {
              name: 'a',
              line: 1,
              passed: false,
              mistakes: [],
              rejected: [],
              difference: {
                missing: [],
                unexpected: [],
                changed: [{ expected: { port: 'OSLO', n: '1' }, actual: { port: 'KIEL', n: '1' }, columns: ['port'] }],
              },
            },
          ],
        },
      ],
      untested: [],
    },
  ]);
});
