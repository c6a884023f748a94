import type { S3Client } from '@aws-sdk/client-s3';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { AdmitInput, AdmitOutput } from '../../lib/tasks/admit';
import type { ObjectVersion, Run } from '../../lib/tasks/common';
import { InvalidTaskInput } from '../../lib/tasks/errors';
import { gatheredFiles } from '../../lib/tasks/gather';
import { begun, recordAdmitted, recordSkipped } from '../shared/admission';
import type { Claim } from '../shared/claim-item';
import type { CutIntoRanges } from '../shared/files/cut-into-ranges';
import { matches } from '../shared/files/matches';
import { generationOf } from '../shared/generation';
import type { Ledger } from '../shared/ledger';
import { mapLimited, readDocument } from '../shared/manifest';
import { mayHavePublished, ownerFailed } from '../shared/owner-failed';
import { noteRebuilt, refuseRebuilt } from '../shared/rebuilt';
import type { RunItem } from '../shared/run-item';
import { itemised, type Lists, objectsOfRun, writeList } from '../shared/run-list';
import { claimObject } from './claim-object';
import { loadIdentity } from './load-identity';
import { describeGlobs, matchSources } from './match-sources';
import { type ParsedTrigger, parseTrigger } from './parse-trigger';
import { planPartitions } from './plan-partitions';
import { resolveObject } from './resolve-object';
import { joinLoad } from './same-load';

export interface AdmitServices {
  readonly ledger: Ledger;
  readonly s3: S3Client;
  readonly stepFunctions: SFNClient;
  readonly landingBucket: string;
  readonly cut: CutIntoRanges;
  readonly now: () => number;
  /** where the pipeline's files are gathered: where lists of them lie, and what names one that this attempt writes */
  readonly lists?: (Lists & { readonly attempt: string }) | undefined;
}

const PARALLEL_CALLS = 8;
/** Of thousands of objects, each with a few calls. */
const PARALLEL_CALLS_OF_LISTS = 32;

/** Claims the objects for this run and plans how they are read. A retry, after whatever its answer was lost, answers the same. */
export async function admit(input: AdmitInput, services: AdmitServices): Promise<AdmitOutput> {
  const trigger = await withList(parseTrigger(input.trigger, services.landingBucket), input, services);
  const parallel = trigger.list ? PARALLEL_CALLS_OF_LISTS : PARALLEL_CALLS;
  const unmatched = unmatchedReason(input, trigger);
  if (unmatched !== undefined) return skip(input, 'ignored', unmatched, services);

  // All are looked up before one is claimed: a name that is wrong leaves nothing behind.
  const resolved = await mapLimited(trigger.objects, parallel, (wanted) => resolveObject(services.s3, wanted));
  if (input.appendsRebuilt && !trigger.gathered && !trigger.rebuilds)
    await refuseRebuilt(services.ledger, input.pipeline, resolved);
  const { claimed, duplicates } = await claimAll(input, trigger, resolved, services);
  if (claimed.length === 0) return skip(input, 'duplicate', duplicates.join(' '), services);

  const objects = claimed.map(({ object }) => object);
  if (input.byList) {
    const { s3, workBucket, attempt } = listsOf(services);
    const { pipeline, execution } = input;
    const list = await writeList({ s3, workBucket }, { pipeline, runId: execution.name, attempt }, objects);
    const run = await startRun(input, { ...trigger, list }, claimed, services);
    return { outcome: 'admitted', run, objects: [], list, partitions: {} };
  }
  const run = await startRun(input, trigger, claimed, services);
  const partitions = await planPartitions(objects, input.sources, services.cut);
  const answer: AdmitOutput = { outcome: 'admitted', run, objects, partitions };
  refuseTooMuch(answer, objects.length);
  return answer;
}

function listsOf({ lists }: AdmitServices): NonNullable<AdmitServices['lists']> {
  if (lists) return lists;
  throw new InvalidTaskInput(
    'The run was started with a list of files, and the files of this pipeline are not gathered (any longer): name them as objects.',
  );
}

/** The objects of its list, where it has one. */
async function withList(
  trigger: ParsedTrigger,
  { sources }: AdmitInput,
  services: AdmitServices,
): Promise<ParsedTrigger> {
  if (!trigger.list) return trigger;
  const { s3, workBucket } = listsOf(services);
  const all = await readDocument(s3, workBucket, trigger.list, gatheredFiles);
  // Of what was gathered, files that no source reads are nobody's mistake.
  const objects = trigger.gathered ? all.filter(({ key }) => matchSources(key, sources).length > 0) : all;
  return { ...trigger, objects: objects.length > 0 ? objects : all };
}

/** Step Functions passes 256 KiB from state to state; later steps add to what Admit returns. */
const MAX_ANSWER_BYTES = 200 * 1024;

function refuseTooMuch(answer: AdmitOutput, objects: number): void {
  const bytes = Buffer.byteLength(JSON.stringify(answer));
  if (bytes <= MAX_ANSWER_BYTES) return;
  const fits = Math.max(1, Math.floor((objects * MAX_ANSWER_BYTES) / bytes));
  throw new InvalidTaskInput(
    `A run cannot load ${objects} objects at once: about ${fits} of these fit into its state. Start several runs.`,
  );
}

interface Claimed {
  readonly object: ObjectVersion;
  readonly claim: Claim;
}

async function claimAll(
  input: AdmitInput,
  trigger: ParsedTrigger,
  objects: readonly ObjectVersion[],
  services: AdmitServices,
): Promise<{ claimed: Claimed[]; duplicates: string[] }> {
  const claimed: Claimed[] = [];
  const duplicates: string[] = [];
  const [only, ...others] = objects;
  const alone = (contentId: string) => loadIdentity(input.pipeline, [{ object: only!, contentId }]).loadKey;
  const request = {
    pipeline: input.pipeline,
    execution: input.execution,
    reprocess: trigger.reprocess,
    ...(others.length === 0 ? { loadKey: alone } : {}),
  };
  const lists = new Map<string, Promise<readonly ObjectVersion[]>>();
  const known = (run: RunItem) => {
    const objects = lists.get(run.runId) ?? objectsOfRun(run, services.lists);
    lists.set(run.runId, objects);
    return objects;
  };
  const use = {
    ledger: services.ledger,
    now: services.now,
    ownerFailed: (claim: Claim) =>
      ownerFailed(claim, input.pipeline, services, async (run) =>
        (await known(run)).some((object) => isOf(claim, object)),
      ),
    mayHavePublished: (claim: Claim) => mayHavePublished(claim, input.pipeline, services),
  };
  const parallel = trigger.list ? PARALLEL_CALLS_OF_LISTS : PARALLEL_CALLS;
  const answers = await mapLimited(objects, parallel, (object) => claimObject({ ...request, object }, use));
  for (const [index, answer] of answers.entries()) {
    if ('claim' in answer) claimed.push({ object: objects[index]!, claim: answer.claim });
    else duplicates.push(answer.duplicate);
  }
  return { claimed, duplicates };
}

async function startRun(
  input: AdmitInput,
  trigger: ParsedTrigger,
  claimed: readonly Claimed[],
  services: AdmitServices,
): Promise<Run> {
  const { pipeline, execution } = input;
  const { loadKey, loadId } = loadIdentity(
    pipeline,
    claimed.map(({ object, claim }) => ({ object, contentId: claim.contentId })),
  );
  await joinLoad({ pipeline, execution, loadKey }, claimed, services);
  const raised = await generationOf(services.ledger, {
    pipeline,
    loadId,
    execution: execution.arn,
    reprocess: trigger.reprocess,
    replaces: claimed.some(({ claim }) => claim.replaces),
    yields: trigger.replayOf !== undefined,
  });
  const arrival = claimed
    .map(({ claim }) => claim.arrival)
    .sort()
    .at(-1)!;
  const run: Run = {
    ...begun(pipeline, execution, { loadKey, loadId }),
    ...raised,
    arrival,
    ...(trigger.rebuilds ? { rebuilds: trigger.rebuilds } : {}),
  };
  if (trigger.rebuilds) await noteRebuilt(services.ledger, run, trigger.rebuilds);
  const loads = claimed.map(({ object }) => object);
  const replay = trigger.replayOf === undefined ? {} : { replayOf: trigger.replayOf };
  const { gathered, rebuilds } = trigger;
  const of = { ...itemised(loads, trigger.list), gathered, rebuilds, ...replay };
  await recordAdmitted(services.ledger, run, of, services.now());
  return run;
}

/** An event's key that no glob matches is nobody's mistake: its rule is coarser. A person who names one should hear of it. */
function unmatchedReason({ sources, patterns }: AdmitInput, trigger: ParsedTrigger): string | undefined {
  if (
    trigger.by === 'event' &&
    patterns &&
    !trigger.objects.some(({ key }) => patterns.some((one) => matches(one, key)))
  ) {
    const keys = trigger.objects.map(({ key }) => JSON.stringify(key)).join(', ');
    return `${keys} matches none of the trigger's patterns: ${patterns.join(', ')}.`;
  }
  const unmatched = trigger.objects.filter(({ key }) => matchSources(key, sources).length === 0);
  if (unmatched.length === 0) return undefined;
  const keys = unmatched.map(({ key }) => JSON.stringify(key)).join(', ');
  const reason = `${keys} ${unmatched.length === 1 ? 'matches' : 'match'} none of the pipeline's patterns: ${describeGlobs(sources)}.`;
  if (trigger.by === 'event') return reason;
  throw new InvalidTaskInput(`${reason} Correct the key, or put the file where the pipeline looks for it.`);
}

async function skip(
  { pipeline, execution }: AdmitInput,
  outcome: 'duplicate' | 'ignored',
  reason: string,
  { ledger, now }: AdmitServices,
): Promise<AdmitOutput> {
  await recordSkipped(ledger, pipeline, execution, { reason }, now());
  return { outcome, reason };
}

const isOf = (claim: Claim, { versionId, etag, size }: ObjectVersion): boolean =>
  claim.etag === etag && claim.size === size && claim.versionId === versionId;
