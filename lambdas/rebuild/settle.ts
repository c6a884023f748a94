/**
 * Whether all records that a rebuild could make anew have been through: what was received before the span's end, and is still on its way,
 * would be appended behind the rebuild once more. Every record is kept before it is put on the stream; so nothing of before is left when
 * the other pipeline's runs have put theirs, the stream's function has decided on all that came until the rebuild began, and
 * runs have published what it staged. What comes later is of after the span, and is waited for by nobody.
 */
import type { SFNClient } from '@aws-sdk/client-sfn';
import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { SourceRefused, StillRunning } from '../../lib/tasks/errors';
import { givenUpBeforeRebuild } from '../../lib/tasks/given-up';
import type { RebuildInput, RebuildRequest } from '../../lib/tasks/rebuild';
import type { ClaimItem } from '../shared/claim-item';
import { loadOf } from '../shared/generation';
import { getItem, type Ledger, ledgerKeys } from '../shared/ledger';
import { mapLimited } from '../shared/manifest';
import { noteRebuilt } from '../shared/rebuilt';
import { getRun } from '../shared/run-item';
import type { StagedFile, StreamState } from './stream-state';

export interface SettleServices {
  readonly ledger: Ledger;
  readonly stepFunctions: SFNClient;
  readonly landingBucket: string;
  readonly stream: StreamState;
  /** batches that the stream's function could not take, and nobody has taken again */
  readonly givenUp: () => Promise<number>;
}

type Input = Pick<RebuildInput, 'pipeline' | 'execution' | 'raw'>;

const DAY_MS = 86_400_000;
/** AWS redrives a run for so long; then it will never publish what it was to. */
const REDRIVABLE_MS = 14 * DAY_MS;
/** Between the moment at which a record is received and the end of the run that keeps it. */
const LONGEST_FEED_MS = DAY_MS;
const PARALLEL_CALLS = 32;

/** @throws {StillRunning} while something is under way; {SourceRefused} where it stands and somebody has to do something */
export async function settle(input: Input, rebuild: RebuildRequest, services: SettleServices): Promise<void> {
  const machine = input.execution.arn.replace(':execution:', ':stateMachine:').split(':').slice(0, -1).join(':');
  const began = Date.parse(input.execution.startedAt);
  await keptAndPut(input, machine, rebuild, began, services);
  const waiting = await services.stream.waiting(began);
  if (waiting !== undefined) throw new StillRunning(waiting);
  // One may have been given up while it was waited for.
  const givenUp = await services.givenUp();
  if (givenUp > 0) throw new SourceRefused(`${givenUpBeforeRebuild(input.pipeline, givenUp)} Then redrive this run.`);
  await mapLimited(await services.stream.staged(began), PARALLEL_CALLS, (file) => published(file, input, services));
  await noneFailed(input, machine, rebuild, services);
  const { pipeline, execution } = input;
  const run = { pipeline, runId: execution.name, startedAt: execution.startedAt };
  await noteRebuilt(services.ledger, run, { start: rebuild.from, end: rebuild.to });
  await noneLoadsAgain(input, machine, services);
}

/** Runs of the pipeline that keeps the records put them on the stream when they are kept. */
async function keptAndPut(
  { raw, pipeline }: Input,
  machine: string,
  { from }: RebuildRequest,
  began: number,
  { ledger, stepFunctions }: SettleServices,
): Promise<void> {
  const feed = `${machine.slice(0, -pipeline.length)}${raw.pipeline}`;
  const { executions = [] } = await stepFunctions.send(
    new ListExecutionsCommand({ stateMachineArn: feed, statusFilter: 'RUNNING', maxResults: 1000 }),
  );
  const running = executions.find(({ startDate }) => startDate!.getTime() <= began);
  if (running)
    throw new StillRunning(`The run ${running.name} of ${raw.pipeline} is at work, and may have records still to put.`);
  const since = Math.max(Date.parse(from) - LONGEST_FEED_MS, began - REDRIVABLE_MS);
  for (const runId of await failedSince(stepFunctions, feed, since)) {
    const run = await getRun(ledger, raw.pipeline, runId);
    if (!/^(Publish|Put|Record)/.test(run?.error?.step ?? '')) continue;
    throw new SourceRefused(
      `The run ${runId} of ${raw.pipeline} has failed at ${run!.error!.step}: records that it has kept may still have to go on the stream, and would be in the tables twice. Let it go on first: npx stepwell redrive ${raw.pipeline} ${runId}. Then redrive this run.`,
    );
  }
}

async function published(
  { key, landed }: StagedFile,
  { pipeline }: Input,
  { ledger, landingBucket }: SettleServices,
): Promise<void> {
  const claim = landed ? await getItem<ClaimItem>(ledger, ledgerKeys.claim(pipeline, landingBucket, key)) : undefined;
  if (claim?.status === 'loaded') return;
  if (claim?.status === 'failed') throw refusedFor(pipeline, claim.runId);
  throw new StillRunning(
    `${key} was staged before, and ${claim ? `run ${claim.runId} is publishing it` : 'waits for the next run'}.`,
  );
}

/** Of runs whose files the log of the stream does not know any longer. */
async function noneFailed(
  { pipeline, execution }: Input,
  machine: string,
  { from }: RebuildRequest,
  { ledger, stepFunctions }: SettleServices,
): Promise<void> {
  const since = Math.max(Date.parse(from), Date.parse(execution.startedAt) - REDRIVABLE_MS);
  for (const runId of await failedSince(stepFunctions, machine, since)) {
    const run = await getRun(ledger, pipeline, runId);
    if (run?.loadId === undefined || run.rebuilds || run.takenOverBy) continue;
    const load = await loadOf(ledger, pipeline, run.loadId);
    if (load?.loaded === undefined || load.loaded.generation < (run.generation ?? 0)) throw refusedFor(pipeline, runId);
  }
}

/** Who was admitted before the note may append what it loads again; it is replaced when it has ended. */
async function noneLoadsAgain(
  { pipeline, execution }: Input,
  machine: string,
  { ledger, stepFunctions }: SettleServices,
): Promise<void> {
  const { executions = [] } = await stepFunctions.send(
    new ListExecutionsCommand({ stateMachineArn: machine, statusFilter: 'RUNNING', maxResults: 1000 }),
  );
  for (const { name } of executions) {
    if (name === execution.name) continue;
    const run = await getRun(ledger, pipeline, name!);
    if (run?.loadId === undefined || run.gathered || run.rebuilds) continue;
    throw new StillRunning(`The run ${name} loads again what was staged before.`);
  }
}

async function failedSince(stepFunctions: SFNClient, stateMachineArn: string, since: number): Promise<string[]> {
  const found: string[] = [];
  for (const statusFilter of ['FAILED', 'TIMED_OUT', 'ABORTED'] as const) {
    let nextToken: string | undefined;
    do {
      // The latest come first.
      const page = await stepFunctions.send(
        new ListExecutionsCommand({ stateMachineArn, statusFilter, maxResults: 100, nextToken }),
      );
      const { executions = [] } = page;
      const recent = executions.filter(({ startDate }) => startDate!.getTime() >= since);
      found.push(...recent.map(({ name }) => name!));
      nextToken = recent.length === executions.length ? page.nextToken : undefined;
    } while (nextToken !== undefined);
  }
  return found;
}

const refusedFor = (pipeline: string, runId: string): SourceRefused =>
  new SourceRefused(
    `The run ${runId} of ${pipeline} has failed, and what it is to publish would be in the tables twice if it went on after a rebuild. Let it go on first: npx stepwell redrive ${pipeline} ${runId}; or, where it cannot: npx stepwell rerun ${runId}. Then redrive this run.`,
  );
