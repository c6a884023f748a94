/** A user's own extractor with checkpoints and a partition that fails, a row function, and two pipelines that start after it. */

import { join } from 'node:path';
import { SFNClient } from '@aws-sdk/client-sfn';
import { followChain, runsAfter } from '../../lib/cli/chains';
import { judge } from '../../lib/cli/summary';
import { deployed, pipelineNamed } from '../../lib/operate/connection';
import { followRuns } from '../../lib/operate/follow';
import { startRun } from '../../lib/operate/start-run';
import { json } from '../cli/stepwell';
import { createKiller, type Killer } from './killer';
import { type PipelinesCloud, startPipelines } from './pipelines-cloud';
import { daily, fx, report } from './user-code/pipelines';

let cloud: PipelinesCloud;
let killer: Killer;

beforeAll(async () => {
  cloud = await startPipelines([report, fx, daily], join(__dirname, 'user-code'));
  killer = createKiller(cloud.cloud);
  await cloud.putSecret('rates-api', { token: 'open-sesame' });
});
afterAll(() => cloud?.stop());

/** The latest day that is over, the same for all tests, also for those that begin after the next one o'clock. */
const end = new Date();
if (end.getUTCHours() === 0) end.setUTCDate(end.getUTCDate() - 1);
end.setUTCHours(1, 0, 0, 0);
const interval = { start: new Date(end.getTime() - 86_400_000).toISOString(), end: end.toISOString() };
/** As the schedule starts it. */
const LATEST = { schedule: { time: interval.end } };

/** As `rates.ts` and `clean.ts` make them, counted by hand. */
const expected = ['EUR', 'USD'].map((currency) => {
  const cents = Array.from({ length: 1000 }, (_, n) => n)
    .filter((n) => n % 100 !== 0 && n % 10 !== 1)
    .map((n) => n * 100 + 25);
  return { currency, rows: 3 * cents.length, cents: 3 * cents.reduce((sum, one) => sum + one, 0) };
});
const rowsOf = (currency: string) => expected.find((one) => one.currency === currency)!.rows;

async function expectTables(): Promise<void> {
  const totals = await cloud.query('aurora', 'SELECT currency, rows, cents FROM fx_daily.totals ORDER BY currency');
  expect(totals).toEqual(
    expected.map(({ currency, rows, cents }) => ({ currency, rows: String(rows), cents: String(cents) })),
  );
  expect(await cloud.query('aurora', 'SELECT * FROM fx_report.lines ORDER BY currency')).toEqual([
    { currency: 'EUR', twice: String(2 * rowsOf('EUR')) },
    { currency: 'USD', twice: String(2 * rowsOf('USD')) },
  ]);
  const counts =
    'SELECT currency, count(*) AS rows, count(DISTINCT id) AS ids FROM fx.rates GROUP BY currency ORDER BY 1';
  expect(await cloud.query('aurora', counts)).toEqual(
    expected.map(({ currency, rows }) => ({ currency, rows: String(rows), ids: String(rows) })),
  );
  expect(await cloud.lake('fx', 'rates')).toHaveLength(rowsOf('EUR') + rowsOf('USD'));
}

test('rows of three invocations a partition, without the partition that fails; then the pipelines after it, one after the other', async () => {
  const stepFunctions = new SFNClient(cloud.client);
  const stacks = await deployed({ client: cloud.client });
  const { wanted } = await startRun(stepFunctions, pipelineNamed(stacks, 'fx'), LATEST, () => undefined);

  const { followed, awaited } = await followChain(
    [{ pipeline: 'fx', wanted }],
    (ended, run) => runsAfter(ended, run, [report, daily, fx], stacks),
    (started, onEnd) =>
      followRuns(
        stepFunctions,
        started.map((one) => one.wanted),
        { onChange: () => {}, onEnd },
      ),
  );

  expect(judge(followed, awaited)).toMatchObject([
    { pipeline: 'fx', key: 'fx', outcome: 'partial', asExpected: true },
    { pipeline: 'fx-daily', key: 'fx-daily after fx', outcome: 'loaded', asExpected: true },
    { pipeline: 'fx-report', key: 'fx-report after fx-daily after fx', outcome: 'loaded', asExpected: true },
  ]);
  const { output } = followed[0]!.progress;
  expect(output).toMatchObject({ rows: 6000, rejected: 60 });
  expect(output!.failed).toEqual([
    {
      source: 'rates',
      partition: 'XXX',
      error: 'SourceRefused',
      cause: expect.stringMatching(
        /^Source rates, partition XXX \(\.\/rates\.ts\) failed: There is no currency XXX, says the API to \*\*\* \(at test\/e2e\/user-code\/rates\.ts:\d+:\d+\)\.$/,
      ),
    },
  ]);
  expect(followed[1]!.progress.output).toMatchObject({ rows: rowsOf('EUR') + rowsOf('USD') });
  await expectTables();
});

test('what has been loaded is loaded once: by hand, or by an event that comes again', async () => {
  expect(await cloud.start('fx-daily', {})).toMatchObject({
    status: 'SUCCEEDED',
    output: {
      outcome: 'duplicate',
      reason: expect.stringMatching(/^What run .* of fx has published was loaded by run /),
    },
  });
  // A run that had nothing to do has published nothing, so it starts none.
  expect(await cloud.start('fx', LATEST)).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'duplicate' } });
  expect(await cloud.runsOf('fx-daily', 2)).toHaveLength(2);
  expect(await cloud.runsOf('fx-report', 1)).toHaveLength(1);
  await expectTables();
});

test('a load that is reprocessed is loaded again after it, in place of what it was; whatever is killed meanwhile', async () => {
  const names = ['ExtractCustomRates', 'TransformRowsClean', 'ExtractPublished', 'AdmitAfter'].map(
    (id) => cloud.functionOf('fx', id) ?? cloud.functionOf('fx-daily', id)!,
  );
  for (const [index, name] of names.entries()) killer.aim(name, { nth: 1 + (index % 2), lost: index % 2 === 0 });

  expect(await cloud.start('fx', { interval, reprocess: true })).toMatchObject({
    status: 'SUCCEEDED',
    output: { rows: 6000 },
  });
  const runs = await cloud.runsOf('fx-daily', 3);
  expect(runs.map(({ status, output }) => [status, output.outcome])).toEqual([
    ['SUCCEEDED', undefined],
    ['SUCCEEDED', 'duplicate'],
    ['SUCCEEDED', undefined],
  ]);
  expect(await cloud.runsOf('fx-report', 2)).toHaveLength(2);

  expect(names.map((name) => killer.hit(name) !== undefined)).toEqual([true, true, true, true]);
  await expectTables();
});

test('a person may name an interval, or a run, of the pipeline before; what is not there is said', async () => {
  const wrong = await cloud.start('fx-daily', { after: { runId: 'none' } });
  expect(wrong).toMatchObject({
    status: 'FAILED',
    error: 'InvalidTaskInput',
    message: 'Run none of fx is not in the ledger. See its runs: npx stepwell runs fx.',
  });
  const interval = { start: '2020-01-01T01:00:00Z', end: '2020-01-02T01:00:00Z' };
  expect(await cloud.start('fx-daily', { interval })).toMatchObject({
    status: 'FAILED',
    message:
      'fx has published nothing yet for the interval 2020-01-01T01:00:00.000Z to 2020-01-02T01:00:00.000Z: run that first.',
  });
  expect(await cloud.start('fx-daily', { reprocess: true })).toMatchObject({
    status: 'SUCCEEDED',
    output: { published: [{ rows: 2 }] },
  });
  await expectTables();
});

test('paused it hears of nothing; what was published meanwhile it loads when it is resumed', async () => {
  const stateDir = ['--state-dir', cloud.cloud.context.stateDir];
  const before = (await cloud.runsOf('fx-daily', 1)).length;

  const paused = await json<{ starts: object[] }>('pause', 'fx-daily', ...stateDir);
  expect(await cloud.start('fx', { interval, reprocess: true })).toMatchObject({ status: 'SUCCEEDED' });
  const resumed = await json<{ started: { title: string }[] }>('resume', 'fx-daily', ...stateDir);
  const runs = await cloud.runsOf('fx-daily', before + 1);

  expect(paused.starts).toMatchObject([{ kind: 'rule' }]);
  expect(resumed.started).toMatchObject([{ title: expect.stringMatching(/^after fx [0-9a-f]{8}$/) }]);
  expect(runs).toHaveLength(before + 1);
  expect(runs.at(-1)).toMatchObject({ status: 'SUCCEEDED', output: { published: [{ rows: 2 }] } });
  await expectTables();
});
