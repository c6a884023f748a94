/** A rerun of the missing partitions of a partial run: what Admit takes over, and from whom it does not. */
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { CreateStateMachineCommand, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { admitInterval } from '../../../lambdas/admit-interval/admit-interval';
import { collect } from '../../../lambdas/collect/collect';
import { keepExtracted } from '../../../lambdas/record/keep-extracted';
import { markLoaded } from '../../../lambdas/shared/generation';
import { markIntervalLoaded } from '../../../lambdas/shared/interval-claim';
import { readDocument, readManifests, writeManifest } from '../../../lambdas/shared/manifest';
import { putBytes } from '../../../lambdas/shared/objects';
import { getRun, updateRun } from '../../../lambdas/shared/run-item';
import type { AdmitIntervalInput, AdmitIntervalOutput } from '../../../lib/tasks/admit-interval';
import type { Run, Staged } from '../../../lib/tasks/common';
import { keptSources } from '../../../lib/tasks/rerun';
import { type LambdaCloud, startLambdaCloud } from '../cloud';
import { mapResults } from '../map-results';

let cloud: LambdaCloud;
let machine: string;
let runs = 0;
let pipeline: string;

beforeAll(async () => {
  cloud = await startLambdaCloud();
  const definition = { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 3600, End: true } } };
  const { stateMachineArn } = await cloud.stepFunctions.send(
    new CreateStateMachineCommand({
      name: 'stepwell-weather',
      roleArn: 'arn:aws:iam::000000000000:role/machine',
      definition: JSON.stringify(definition),
    }),
  );
  machine = stateMachineArn!;
});
afterAll(() => cloud.close());
beforeEach(() => {
  pipeline = `weather-${runs}`;
});

async function startExecution(): Promise<AdmitIntervalInput['execution']> {
  runs += 1;
  const { executionArn } = await cloud.stepFunctions.send(
    new StartExecutionCommand({ stateMachineArn: machine, name: `run-${runs}` }),
  );
  return { arn: executionArn!, name: `run-${runs}`, startedAt: '2026-03-05T01:00:07.000Z' };
}

const SOURCES = { cities: 'c1', rates: 'r1' };
const cursors = [{ source: 'rates', column: 'updated_at', lagSeconds: 60 }];

function admit(
  execution: AdmitIntervalInput['execution'],
  trigger: unknown,
  more: Partial<AdmitIntervalInput> = {},
): Promise<AdmitIntervalOutput> {
  const schedule = { cron: '0 1 * * *', timezone: 'UTC' };
  return admitInterval(
    { pipeline, execution, trigger, schedule, cursors, appends: false, sources: SOURCES, ...more },
    {
      ledger: cloud.ledger,
      stepFunctions: cloud.stepFunctions,
      staged: { s3: cloud.s3, workBucket: 'work' },
      now: () => Date.parse('2026-03-05T01:00:08.000Z'),
    },
  );
}

async function admitted(answer: Promise<AdmitIntervalOutput>) {
  const given = await answer;
  if (given.outcome !== 'admitted') throw new Error(given.reason);
  return given;
}

const environment = () => ({ s3: cloud.s3, workBucket: 'work', attempt: `a${++attempts}` });
let attempts = 0;

async function stage(run: Run, source: string, partition: string, rows: number): Promise<Staged> {
  const key = `runs/${pipeline}/${run.runId}/${source}/${partition}-${++attempts}.parquet`;
  const { etag, length } = await putBytes(cloud.s3, 'work', key, 'x'.repeat(rows));
  const manifest = await writeManifest(cloud.s3, 'work', run, `a${attempts}`, {
    step: source,
    partition,
    datasets: { [source]: { rows, columns: [], parts: [{ key, etag, length, rows, format: 'parquet' }] } },
    source: { name: source, read: rows, rejected: 0 },
  });
  return { manifest, rows, bytes: length, rejected: 0 };
}

const paris = { id: 'paris', values: { lat: 48.9 } };
const oslo = { id: 'oslo', values: { lat: 59.9 } };

/** Extracts and records, as the state machine does: all cities but `missing`, and the rates. */
async function loadWithout(
  { run, reused = {} }: Extract<AdmitIntervalOutput, { outcome: 'admitted' }>,
  cities: readonly { id: string; rows: number }[],
  missing: readonly { id: string; values: object }[],
): Promise<void> {
  const good = await Promise.all(cities.map(({ id, rows }) => stage(run, 'cities', id, rows)));
  const collected = await collect(
    {
      run,
      source: 'cities',
      partitions: cities.length + missing.length,
      results: await mapResults(
        cloud.s3,
        `runs/${pipeline}/${run.runId}/map`,
        good.map((one) => [one]),
        missing,
      ),
      kept: reused.cities?.kept ?? null,
    },
    environment(),
  );
  const rates = reused.rates?.kept ?? (await stage(run, 'rates', 'all', 7));
  const refs = [collected.manifest, rates.manifest];
  const partial = collected.failed.length > 0 ? await keepExtracted(run, refs, environment()) : undefined;
  await updateRun(cloud.ledger, run, {
    status: 'SUCCEEDED',
    ...(partial ? { failed: collected.failed, missing: partial.missing, kept: partial.kept } : {}),
  });
  await markIntervalLoaded(cloud.ledger, run);
  await markLoaded(cloud.ledger, run);
}

async function partialRun() {
  const first = await admitted(admit(await startExecution(), {}));
  await loadWithout(first, [{ id: 'rome', rows: 3 }], [paris, oslo]);
  return first;
}

test('it has the load key of the partial run, one generation later, and the partitions as its plan gave them', async () => {
  const first = await partialRun();
  expect(first.reused).toEqual({});
  const execution = await startExecution();
  const again = await admitted(admit(execution, { rerun: { runId: first.run.runId } }));
  expect(again.run).toEqual({
    ...first.run,
    runId: execution.name,
    executionArn: execution.arn,
    generation: 1,
    yields: true,
  });
  expect(again.cursors).toEqual(first.cursors);
  expect(again.reused).toEqual({
    cities: { kept: expect.objectContaining({ rows: 3, bytes: 3, rejected: 0, partitions: 1 }), failed: [paris, oslo] },
    rates: { kept: expect.objectContaining({ rows: 7, bytes: 7, rejected: 0, partitions: 1 }), failed: [] },
  });
  // A retry, after its answer was lost.
  expect(await admit(execution, { rerun: { runId: first.run.runId } })).toEqual(again);
  expect(await getRun(cloud.ledger, pipeline, execution.name)).toMatchObject({ rerunOf: first.run.runId });
});

test('a rerun that lacks something still can be rerun, and keeps what both have extracted', async () => {
  const first = await partialRun();
  const second = await admitted(admit(await startExecution(), { rerun: { runId: first.run.runId } }));
  await loadWithout(second, [{ id: 'paris', rows: 5 }], [oslo]);

  await expect(admitted(admit(await startExecution(), { rerun: { runId: first.run.runId } }))).rejects.toThrow(
    `was loaded anew by run ${second.run.runId} since run ${first.run.runId}: if that is partial too, rerun it instead.`,
  );
  const third = await admitted(admit(await startExecution(), { rerun: { runId: second.run.runId } }));
  expect(third).toMatchObject({
    run: { generation: 2, loadKey: first.run.loadKey },
    reused: { cities: { kept: { rows: 8, partitions: 2 }, failed: [oslo] }, rates: { kept: { rows: 7 }, failed: [] } },
  });
  const manifests = await readManifests(cloud.s3, 'work', [third.reused!.cities!.kept.manifest]);
  expect(
    manifests
      .map(({ partition }) => partition)
      .filter((id) => id !== 'all')
      .sort(),
  ).toEqual(['paris', 'rome']);
});

test('of two reruns at once, and of one while the interval is loaded anew, one goes on; the other says who', async () => {
  const first = await partialRun();
  const trigger = { rerun: { runId: first.run.runId } };
  const answers = await Promise.all([1, 2, 3].map(async () => admit(await startExecution(), trigger)));
  expect(answers.filter(({ outcome }) => outcome === 'admitted')).toHaveLength(1);
  expect(answers.find(({ outcome }) => outcome === 'duplicate')).toEqual({
    outcome: 'duplicate',
    reason: expect.stringMatching(/is being loaded by run run-\d+ just now/),
  });
});

test('a rerun that failed can be rerun: it has published nothing that counts, or what the next one replaces', async () => {
  const first = await partialRun();
  const trigger = { rerun: { runId: first.run.runId } };
  const failed = await startExecution();
  await admitted(admit(failed, trigger));
  await cloud.stepFunctions.send(new StopExecutionCommand({ executionArn: failed.arn }));
  expect(await admitted(admit(await startExecution(), trigger))).toMatchObject({ run: { generation: 2 } });
});

test('another definition, files that have expired and runs that lack nothing are refused, each with what to do', async () => {
  const first = await partialRun();
  const trigger = { rerun: { runId: first.run.runId } };
  const reprocess = `npx stepwell run ${pipeline} --interval ${first.run.interval.start}/${first.run.interval.end} --reprocess`;
  const changed = { sources: { ...SOURCES, cities: 'c2', regions: 'new' } };
  await expect(admit(await startExecution(), trigger, changed)).rejects.toThrow(
    `The definition of cities, regions has changed since run ${first.run.runId}`,
  );
  await expect(admit(await startExecution(), trigger, changed)).rejects.toThrow(reprocess);

  await expect(admit(await startExecution(), { rerun: { runId: 'nobody' } })).rejects.toThrow('There is no run nobody');
  await expect(admit(await startExecution(), { ...trigger, reprocess: true })).rejects.toThrow(
    'names no data interval',
  );

  const { kept } = (await getRun(cloud.ledger, pipeline, first.run.runId))!;
  const { sources } = await readDocument(cloud.s3, 'work', kept!, keptSources);
  const [, rome] = await readManifests(cloud.s3, 'work', [sources.cities!.kept.manifest]);
  const [part] = rome!.datasets.cities!.parts;
  await cloud.s3.send(new DeleteObjectCommand({ Bucket: 'work', Key: part!.key }));
  await expect(admit(await startExecution(), trigger)).rejects.toThrow(
    `What run ${first.run.runId} has extracted is gone: staged files are kept for 30 days. Load the interval anew instead: ${reprocess}`,
  );

  const whole = await admitted(admit(await startExecution(), { interval: first.run.interval, reprocess: true }));
  await loadWithout(whole, [{ id: 'rome', rows: 3 }], []);
  await expect(admit(await startExecution(), { rerun: { runId: whole.run.runId } })).rejects.toThrow(
    `The run ${whole.run.runId} is not partial: no partitions are missing.`,
  );
});

test('a replay of bad rows is a reprocessing that gives way to newer loads', async () => {
  const first = await partialRun();
  const trigger = { interval: first.run.interval, reprocess: true, replay: { runId: first.run.runId } };
  const execution = await startExecution();
  expect(await admitted(admit(execution, trigger))).toMatchObject({ run: { generation: 1, yields: true }, reused: {} });
  expect(await getRun(cloud.ledger, pipeline, execution.name)).toMatchObject({ replayOf: first.run.runId });
  await expect(admit(await startExecution(), { replay: { runId: first.run.runId } })).rejects.toThrow('names no data');
});
