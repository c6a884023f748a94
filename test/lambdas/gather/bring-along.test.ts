/** A run fails by one bad file, which is put again: the others come along, and each is loaded once. */
import { LATE_WINDOW_MS } from '../../../lambdas/gather/judge';
import type { Claim } from '../../../lambdas/shared/claim-item';
import { ledgerKeys, putItem } from '../../../lambdas/shared/ledger';
import { updateRun } from '../../../lambdas/shared/run-item';
import type { GatherPlan } from '../../../lib/tasks/gather';
import { type LambdaCloud, startLambdaCloud } from '../cloud';
import { created, type Death, type Gathering, gathering, lookAgain, type StartedRun } from './gathering';

let cloud: LambdaCloud;
beforeAll(async () => {
  cloud = await startLambdaCloud();
});
afterAll(() => cloud.close());

const PLAN: GatherPlan = { patterns: ['in/{yyyy}-{MM}-{dd}/*'], rule: { kind: 'files', count: 3 } };
const at = Date.parse('2026-11-21T12:00:00Z');
let sequence = 0;
const put = (one: Gathering, key: string, version = 'v1', deaths: readonly Death[] = []) =>
  one.invoke(created(`in/${key}`, { version, at, sequencer: String(++sequence).padStart(8, '0') }), deaths);

/** Starts a run of a, b and c. */
async function started(one: Gathering): Promise<StartedRun> {
  for (const name of ['a', 'b', 'c']) await put(one, `2026-11-20/${name}`);
  return (await latest(one))!;
}

const latest = async (one: Gathering): Promise<StartedRun | undefined> =>
  (await one.runs()).sort((left, right) => roundOf(right) - roundOf(left))[0];
const roundOf = ({ name }: StartedRun): number => Number(name.split('-').at(-1));

async function again(one: Gathering, names: readonly string[], version: string): Promise<StartedRun> {
  for (const name of names) await put(one, `2026-11-20/${name}`, version);
  one.now += LATE_WINDOW_MS;
  await one.invoke(lookAgain());
  return (await latest(one))!;
}

const ended = (one: Gathering, { name }: StartedRun, status: 'FAILED' | 'SUCCEEDED', step = 'Extract file of in') =>
  updateRun(
    cloud.ledger,
    { pipeline: one.pipeline, runId: name, executionArn: `arn:aws:states:us-east-1:000000000000:execution:m:${name}` },
    { status, ...(status === 'FAILED' ? { error: { name: 'UnreadableFile', cause: '', step } } : {}) },
  );

const contents = ({ files }: StartedRun): string[] =>
  files.map(({ key, versionId }) => `${key.split('/').at(-1)} ${versionId}`).sort();

test('the files of a run that failed come along with the one that is put again', async () => {
  const one = await gathering(cloud, PLAN);
  await ended(one, await started(one), 'FAILED');
  const run = await again(one, ['b'], 'v2');
  expect(contents(run)).toEqual(['a v1', 'b v2', 'c v1']);
  expect(run.input.gathered).toMatchObject({ by: 'late', files: 3, along: 2 });
  expect(await one.runs()).toHaveLength(2);
});

test('a file that has come along once more is in one round: events that come again change nothing', async () => {
  const one = await gathering(cloud, PLAN);
  await ended(one, await started(one), 'FAILED');
  await ended(one, await again(one, ['b'], 'v2'), 'SUCCEEDED');
  for (const name of ['a', 'c']) await put(one, `2026-11-20/${name}`);
  one.now += LATE_WINDOW_MS;
  await one.invoke(lookAgain());
  expect(await one.runs()).toHaveLength(2);
  expect(contents(await again(one, ['a'], 'v2'))).toEqual(['a v2']);
});

test('where that run fails as well, they come along to the next', async () => {
  const one = await gathering(cloud, PLAN);
  await ended(one, await started(one), 'FAILED');
  await ended(one, await again(one, ['b'], 'v2'), 'FAILED', 'Check');
  expect(contents(await again(one, ['c', 'd'], 'v3'))).toEqual(['a v1', 'b v2', 'c v3', 'd v3']);
});

test('several are put again: each of the others comes once', async () => {
  const one = await gathering(cloud, PLAN);
  await ended(one, await started(one), 'FAILED');
  expect(contents(await again(one, ['c', 'b', 'b'], 'v2'))).toEqual(['a v1', 'b v2', 'c v2']);
});

test('of runs that have succeeded, or may have published, nothing comes along', async () => {
  const good = await gathering(cloud, PLAN);
  await ended(good, await started(good), 'SUCCEEDED');
  expect(contents(await again(good, ['b'], 'v2'))).toEqual(['b v2']);
  const half = await gathering(cloud, PLAN);
  await ended(half, await started(half), 'FAILED', 'Publish redshift:in');
  expect(contents(await again(half, ['b'], 'v2'))).toEqual(['b v2']);
  const running = await gathering(cloud, PLAN);
  await started(running);
  expect(contents(await again(running, ['b'], 'v2'))).toEqual(['b v2']);
});

test('another file of the date alone does not bring them: the bad one would be among them', async () => {
  const one = await gathering(cloud, PLAN);
  await ended(one, await started(one), 'FAILED');
  expect(contents(await again(one, ['d'], 'v1'))).toEqual(['d v1']);
  expect(contents(await again(one, ['b'], 'v2'))).toEqual(['a v1', 'b v2', 'c v1']);
});

test('what another run of the same files has loaded meanwhile stays there', async () => {
  const one = await gathering(cloud, PLAN);
  const first = await started(one);
  await ended(one, first, 'FAILED');
  await ended(one, { ...first, name: 'rerun' }, 'SUCCEEDED');
  const claim: Partial<Claim> = { versionId: 'v1', runId: 'rerun', status: 'loaded' };
  await putItem(cloud.ledger, ledgerKeys.claim(one.pipeline, 'landing', 'in/2026-11-20/a'), {
    ...claim,
    revision: 1,
    earlier: [],
  });
  expect(contents(await again(one, ['b'], 'v2'))).toEqual(['b v2', 'c v1']);
});

test('where each round is all that there is, nothing comes along', async () => {
  const one = await gathering(cloud, { ...PLAN, apart: true });
  await ended(one, await started(one), 'FAILED');
  const run = await again(one, ['b'], 'v2');
  expect(contents(run)).toEqual(['b v2']);
  expect(run.input.gathered).toEqual({
    date: '2026-11-20',
    by: 'late',
    files: 1,
    since: expect.any(String),
    apart: true,
  });
});

test('wherever the function dies on the way', async () => {
  const CALLS = 28;
  const one = await gathering(cloud, PLAN);
  const dates = Array.from({ length: CALLS }, (_, call) => `2026-10-${String(call + 1).padStart(2, '0')}`);
  await Promise.all(
    dates.map(async (date) => {
      for (const name of ['a', 'b', 'c']) await put(one, `${date}/${name}`);
    }),
  );
  for (const run of await one.runs()) await ended(one, run, 'FAILED');
  for (const [call, date] of dates.entries()) {
    for (const name of ['b', 'd']) await put(one, `${date}/${name}`, 'v2');
    one.now += LATE_WINDOW_MS;
    await one.invoke(lookAgain(date), [{ call, isAnswered: call % 2 === 0 }]);
    one.now += LATE_WINDOW_MS * 10;
    await one.invoke(lookAgain(date));
  }
  const runs = await one.runs();
  expect(runs).toHaveLength(2 * CALLS);
  for (const run of runs.filter((each) => roundOf(each) === 2))
    expect(contents(run)).toEqual(['a v1', 'b v2', 'c v1', 'd v2']);
});
