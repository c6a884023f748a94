import { type JudgedRun, judge, type Summary, summaryLines } from '../../lib/cli/summary';
import type { FollowedRun } from '../../lib/operate/follow';
import { NOTHING_YET, type RunOutput } from '../../lib/operate/history';

const START = Date.parse('2026-01-31T10:00:00Z');
const ended = (key: string, output: RunOutput): FollowedRun => ({
  key,
  executionArn: `arn:aws:states:us-east-1:000000000000:execution:stepwell-any:run-${key}`,
  progress: {
    ...NOTHING_YET,
    status: 'SUCCEEDED',
    startedAt: new Date(START),
    endedAt: new Date(START + 3000),
    output,
  },
});
const INTERVAL = { start: '2026-01-31T08:05:00.000Z', end: '2026-01-31T09:05:00.000Z' };
const TITLE = 'weather 2026-01-31 08:05–09:05';
const FAILED = [{ source: 'observations', partition: '7', cause: 'It does not answer.' }];

test('A run of an interval did what it should when it has loaded it, in part too, or an earlier start had', () => {
  const runs = [
    ended(TITLE, { rows: 58, rejected: 1, failed: FAILED }),
    ended(TITLE, { outcome: 'duplicate', reason: 'It was loaded.' }),
  ];

  const judged = judge(runs, [
    { pipeline: 'weather', interval: INTERVAL },
    { pipeline: 'weather', interval: INTERVAL },
  ]);

  expect(judged.map(({ interval, outcome, asExpected }) => [interval, outcome, asExpected])).toEqual([
    [INTERVAL, 'partial', true],
    [INTERVAL, 'duplicate', true],
  ]);
});

test('The same key in two pipelines is two files; a file whose bad rows are not those wanted is not as expected', () => {
  const file = (bad: number) => ({ key: 'in/a.csv', versionId: 'v', bad });
  const runs = [ended('in/a.csv', { rows: 5, rejected: 1 }), ended('in/a.csv', { rows: 5, rejected: 1 })];

  const judged = judge(runs, [
    { pipeline: 'one', dropped: file(1) },
    { pipeline: 'two', dropped: file(0) },
  ]);

  expect(judged.map(({ asExpected }) => asExpected)).toEqual([true, false]);
});

const STAYS = { stops: false, restart: 'npm start' };

test('The summary says plainly what is partial, and which data is sample data', () => {
  process.env.NO_COLOR = '1';
  const run: JudgedRun = {
    pipeline: 'weather',
    key: TITLE,
    interval: INTERVAL,
    runId: '1',
    status: 'SUCCEEDED',
    outcome: 'partial',
    seconds: 3,
    output: { rows: 58, rejected: 0, failed: FAILED, warnings: ['Partition 7 of observations is missing.'] },
    asExpected: true,
  };

  const summary: Summary = {
    ok: true,
    endpoint: 'http://127.0.0.1:4510',
    seconds: 5,
    runs: [run],
    secrets: [
      {
        pipeline: 'weather',
        secret: 'stepwell/openweather',
        from: 'sample',
        variable: 'STEPWELL_SECRET_OPENWEATHER',
        members: ['apiKey'],
      },
    ],
    missing: [],
    notes: ['users-feed: sample data, of people made up here.'],
    databases: {},
    logins: [{ database: 'aurora', as: 'admin', url: 'postgresql://admin@127.0.0.1:1/stepwell' }],
    buckets: { landing: 'landing', quarantine: 's3://work/quarantine/', lake: 's3://lake/' },
    mail: '/state/mail',
    state: '/state',
  };
  const lines = summaryLines(summary, STAYS);

  expect(lines).toEqual(
    expect.arrayContaining([
      `! ${TITLE}  partial     58         0  3.0 s`,
      `${TITLE}: partial, without 1 partition:`,
      `${TITLE}: warning: Partition 7 of observations is missing.`,
      `weather: sample data, as no secret stepwell/openweather is given. For the real service: STEPWELL_SECRET_OPENWEATHER='{"apiKey":"…"}' npm start`,
      'users-feed: sample data, of people made up here.',
    ]),
  );
  const stopped = summaryLines(summary, { stops: true, restart: 'npm start' });
  const ofTheCloud = ['AWS endpoint  http://127.0.0.1:4510', "  psql 'postgresql://admin@127.0.0.1:1/stepwell'"];
  expect(lines).toEqual(expect.arrayContaining(ofTheCloud));
  expect(stopped.filter((line) => ofTheCloud.includes(line))).toEqual([]);
  expect(stopped.at(-1)).toBe('The local cloud stops. All that it holds stays in /state; bring it up again: npm start');
});

test('Where a secret is missing nothing is said to be well: it is named, with the sources that read it and how it is given', () => {
  process.env.NO_COLOR = '1';
  const summary: Summary = {
    ok: false,
    endpoint: 'http://127.0.0.1:4510',
    seconds: 5,
    runs: [],
    secrets: [],
    missing: [
      {
        pipeline: 'shop',
        sources: ['sales', 'returns'],
        secret: 'stepwell/shop-db',
        variable: 'STEPWELL_SECRET_SHOP_DB',
        members: ['host', 'port', 'username', 'password', 'dbname'],
      },
    ],
    databases: {},
    logins: [],
    buckets: { landing: 'landing', quarantine: 's3://work/quarantine/', lake: 's3://lake/' },
    mail: '/state/mail',
    state: '/state',
  };
  const value = '{"host":"…","port":"…","username":"…","password":"…","dbname":"…"}';
  const given = `  STEPWELL_SECRET_SHOP_DB='${value}' npm start -- shop`;
  const lines = summaryLines(summary, { stops: false, restart: 'npm start -- shop' });

  expect(lines.slice(2, 6)).toEqual([
    '',
    'shop: there is no secret stepwell/shop-db, which sales, returns read: its runs fail until there is. Give it, as a JSON object:',
    given,
    `  aws --endpoint-url http://127.0.0.1:4510 secretsmanager create-secret --name stepwell/shop-db --secret-string '${value}'   # while it is up; it stays`,
  ]);
  expect(lines.at(-1)).toBe('Not every pipeline can run: shop without 1 secret (above), in 5.0 s.');
  const stopped = summaryLines(summary, { stops: true, restart: 'npm start -- shop' });
  expect(stopped.slice(2, 6)).toEqual(['', lines[3], given, '']);
});

test('Where nothing has run, nothing is said to have done what it should', () => {
  process.env.NO_COLOR = '1';
  const nothing: Summary = {
    ok: true,
    endpoint: 'http://127.0.0.1:4510',
    seconds: 5,
    runs: [],
    secrets: [],
    missing: [],
    databases: {},
    logins: [],
    buckets: { landing: 'landing', quarantine: 's3://work/quarantine/', lake: 's3://lake/' },
    mail: '/state/mail',
    state: '/state',
  };

  expect(summaryLines(nothing, STAYS).at(-1)).toBe('The local cloud is ready, in 5.0 s.');
});
