import { composeFailure, type Report } from '../../../lambdas/report-failure/compose-failure';
import { mailOf } from '../../../lambdas/shared/alerts/mail';

const composeMail = (of: Report) => mailOf(composeFailure(of));

import { redacted, remedyFor, sentenceOf } from '../../../lambdas/report-failure/explain';
import { PERMANENT_ERRORS } from '../../../lib/tasks/errors';
import { EXECUTION, OBJECT } from '../fixtures';

const { bucket, key, versionId } = OBJECT;
/** As an extract says it: the bad rows stand in the mail's own list. */
const MESSAGE =
  '7 of 100 rows are bad. Line 3, column total: "abc" is not a decimal. All are in s3://work/quarantine/orders/orders/run-1/0000-a.ndjson.';
const report: Report = {
  pipeline: 'orders',
  runId: 'run-1',
  executionArn: EXECUTION,
  status: 'FAILED',
  startedAt: '2026-01-05T08:00:00.000Z',
  endedAt: '2026-01-05T08:00:09.000Z',
  redriveCount: 0,
  failure: {
    step: 'Check',
    error: 'TooManyBadRows',
    cause: JSON.stringify({ errorType: 'TooManyBadRows', errorMessage: MESSAGE, trace: ['x'] }),
    publication: { published: [], not: [], unsure: [] },
  },
  objects: ['s3://landing/orders/a.csv', 's3://landing/orders/b.csv'],
  badRows: [
    {
      bucket,
      key,
      versionId,
      line: 3,
      offset: 40,
      column: 'total',
      reason: '"abc" is not a decimal',
      raw: '7,"two\nlines",abc',
    },
    {
      bucket,
      key,
      versionId,
      line: null,
      offset: 90,
      column: null,
      reason: 'a quotation mark is never closed',
      raw: 'x'.repeat(500),
    },
  ],
  quarantine: ['s3://work/quarantine/orders/orders/run-1/0000-a.ndjson'],
};

test('the whole mail', () => {
  expect(composeMail(report)).toEqual({
    subject: '[Stepwell] orders failed at Check: TooManyBadRows',
    text: `The pipeline orders failed at the step "Check".

7 of 100 rows are bad.
Nothing was published: the target tables are as they were before this run.

Pipeline:  orders
Run:       run-1
Step:      Check
Error:     TooManyBadRows
Started:   2026-01-05T08:00:00.000Z
Ended:     2026-01-05T08:00:09.000Z
Files:     s3://landing/orders/a.csv
           s3://landing/orders/b.csv

The first bad rows:
  line 3 of ${key}, column total: "abc" is not a decimal
    7,"two lines",abc
  the row at byte 90 of ${key}: a quotation mark is never closed
    ${'x'.repeat(160)}…

All bad rows, one JSON object a line:
  s3://work/quarantine/orders/orders/run-1/0000-a.ndjson

What to do
  Correct the bad rows in their file, and put all files of the run into the landing bucket again, those as well that were good: no other run loads them; or raise the limits in onBadRow, deploy, and start the same files over: npx stepwell rerun run-1. A redrive would fail again: it reads the same input with the same definition.

The run in the console
  https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/v2/executions/details/${EXECUTION}

Redrive the run only after its functions were deployed with what mends this, otherwise it fails the same way
  npx stepwell redrive orders run-1
  or
  aws stepfunctions redrive-execution --execution-arn ${EXECUTION}
`,
  });
});

test('a run of one file needs that file alone, and its bad rows are nowhere else', () => {
  const { text } = composeMail({ ...report, objects: ['s3://landing/orders/a.csv'] });

  expect(text).toContain('The first bad rows:\n  line 3, column total:');
  expect(text).toContain('then put the file into the landing bucket again: that starts a new run.');
});

test('bad records of a stream are told by shard and sequence number, and nobody is asked to correct a staged file', () => {
  const [row] = report.badRows!;
  const badRows = [
    { ...row!, key: 'streams/clicks/2026/a.ndjson.gz', shard: 'shardId-000000000002', sequence: '4917' },
  ];
  const gathered = { by: 'window', files: 1, since: '2026-01-05T07:55:00.000Z', ofStream: true } as const;
  const { text } = composeMail({
    ...report,
    objects: ['s3://landing/streams/clicks/2026/a.ndjson.gz'],
    badRows,
    gathered,
  });

  expect(text).toContain('The first bad rows:\n  shardId-000000000002, sequence number 4917, column total:');
  expect(text).toContain(
    'start the same records over: npx stepwell rerun run-1. Those that came since go their own way.',
  );
  expect(text).not.toContain('landing bucket again');
});

test('what a redrive mends has it as its remedy, and names what was published', () => {
  const publication = { published: ['redshift:a.orders'], not: ['postgres:b.orders'], unsure: ['lake:orders'] };
  const failure = { step: 'Publish postgres:b.orders', error: 'StatementFailed', cause: 'No grant.', publication };
  const { text } = composeMail({ ...report, failure, badRows: [], quarantine: [] });

  expect(text).toContain(`No grant.
Published before it failed: redshift:a.orders.
Not published, as they were before this run: postgres:b.orders.
Under way when it failed, maybe published, maybe in part: lake:orders. A redrive finds out.
`);
  expect(text).toContain('then redrive.');
  expect(text).toContain(`Redrive the run at the step that failed, within 14 days; nothing is loaded twice
  npx stepwell redrive orders run-1
`);
});

test('a run of a schedule starts anew by its interval, or is redriven if its source is to be read again', () => {
  const interval = { start: '2026-01-05T00:00:00.000Z', end: '2026-01-06T00:00:00.000Z' };
  const at = (step: string) => composeMail({ ...report, interval, failure: { ...report.failure, step } }).text;
  const command = 'npx stepwell run orders --interval 2026-01-05T00:00:00.000Z/2026-01-06T00:00:00.000Z';

  expect(at('Extract partition of orders')).toContain(
    `then redrive; or raise the limits in onBadRow and deploy, then start a new run: ${command}`,
  );
  expect(at('Extract partition of orders')).toContain('Redrive the run at the step that failed');
  expect(at('Check')).toContain(`${command}. A redrive would fail again`);
  expect(at('Check')).toContain('Redrive the run only after');
});

test('a subject is fewer than 100 ASCII characters on one line', () => {
  const step = `Prüfung\n${'😀'.repeat(3)} ${'x'.repeat(200)}`;
  const { subject } = composeMail({ ...report, failure: { ...report.failure, step } });

  expect(subject).toHaveLength(99);
  expect(subject).toMatch(/^\[Stepwell\] orders failed at Prufung \?{6} x+\.\.\.$/);
});

test('many files are counted, not listed', () => {
  const { text } = composeMail({ ...report, objects: Array.from({ length: 25 }, (_, n) => `s3://landing/${n}`) });

  expect(text).toContain('s3://landing/9\n           and 15 more\n');
});

test.each([
  [{ error: 'StatementFailed', cause: 'Redshift refused it.' }, 'Redshift refused it.'],
  [{ error: 'States.Timeout', cause: '', step: 'Load' }, 'The step did not end within its time.'],
  [{ error: 'Strange', cause: '', step: 'Load' }, 'The step Load failed with Strange.'],
  [{ error: 'E', cause: '{"errorMessage":"two\\n lines"}' }, 'two lines.'],
  [{ error: 'E', cause: '{"not": "an error"}' }, '{"not": "an error"}.'],
])('%j reads as: %s', (failure, sentence) => {
  expect(sentenceOf(failure)).toBe(sentence);
});

test('each error that no retry can mend has a remedy of its own', () => {
  const general = remedyFor('SomethingElse');

  expect(general).toContain('redrive');
  for (const error of PERMANENT_ERRORS) expect(remedyFor(error)).not.toBe(general);
});

test('where a check has failed, the mail lists what each of those that failed has found', () => {
  const { text } = composeMail({
    ...report,
    badRows: [],
    checks: [
      { check: 'notNull(orders.id)', severity: 'error', outcome: 'passed', rule: 'id must not be NULL', bad: 0 },
      { check: 'unique(orders.id)', severity: 'warn', outcome: 'failed', rule: 'id must be unique', bad: 1 },
      {
        check: 'volume(orders)',
        severity: 'error',
        outcome: 'failed',
        rule: 'the number of rows must be within 50 % of 10, the median of the last 3 runs',
        value: '2',
      },
    ],
  });

  expect(text).toContain(`
The checks that failed (1 passed):
  warn   unique(orders.id): id must be unique; found 1 row
  error  volume(orders): the number of rows must be within 50 % of 10, the median of the last 3 runs; found 2
`);
});

test('what opens a door does not go into a mail', () => {
  expect(redacted('login with password=hunter2, then "password": "x y" and https://s3/a?X-Amz-Signature=abc&b=1')).toBe(
    'login with password=***, then "password": "*** y" and https://s3/a?X-Amz-Signature=***&b=1',
  );
});
