/**
 * Ends a round: what is in it becomes the lists of runs, which are started. Each step may be done twice, by a retry or by another
 * invocation that finds it half done: the first list that is written is the one that counts, and its runs have their names in it.
 */
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { dateOf, type GatheredFile, type GatheredInput, gatheredFiles, MOST_FILES } from '../../lib/tasks/gather';
import { ABSENT, getItem, ledgerKeys, putItem } from '../shared/ledger';
import { readDocument, writeDocument } from '../shared/manifest';
import { hash } from '../shared/names';
import { broughtAlong } from './bring-along';
import {
  type ClosedRun,
  type Closing,
  closeRound,
  endClosing,
  type FileItem,
  filesOf,
  type Gathering,
  type RoundItem,
} from './items';
import type { GatherServices } from './services';

/** Undefined where somebody else has ended the round. */
export async function close(
  gathering: Gathering,
  by: Closing['by'],
  services: GatherServices,
): Promise<Gathering | undefined> {
  const at = services.now();
  const { round, openedAt, markedAt } = gathering;
  const since = openedAt ?? markedAt ?? new Date(at).toISOString();
  return closeRound(services.ledger, gathering, { round, by, since, at, owner: services.requestId });
}

export async function finish(gathering: Gathering, closing: Closing, services: GatherServices): Promise<void> {
  const { runs } = await sealed(gathering, closing, services);
  for (const run of runs) await start(run, services);
  if (runs.length === 0) services.log(`Round ${closing.round} of ${gathering.group} has no files: no run is started.`);
  await endClosing(services.ledger, gathering, closing, services.now());
}

/** The round as it was closed; it is, if it was not yet. */
export async function sealed(gathering: Gathering, closing: Closing, services: GatherServices): Promise<RoundItem> {
  const { pipeline, group } = gathering;
  const at = ledgerKeys.gatheredRound(pipeline, group, closing.round);
  const before = await getItem<RoundItem>(services.ledger, at);
  if (before) return before;
  const own = await filesOf(services.ledger, pipeline, group, closing.round);
  const others = new Set(await broughtAlong(own, gathering, closing, services));
  const runs = await Promise.all(
    inRuns([...own, ...others].sort(byArrival), services).map((files, index) =>
      listed(files, { group, closing, index, along: files.filter((file) => others.has(file)).length }, services),
    ),
  );
  const item: RoundItem = { runs };
  if (await putItem(services.ledger, at, item, ABSENT)) return item;
  return (await getItem<RoundItem>(services.ledger, at))!;
}

const byArrival = (one: FileItem, other: FileItem): number =>
  one.arrived === other.arrived ? (one.key < other.key ? -1 : 1) : one.arrived < other.arrived ? -1 : 1;

/** More than a run may load came at once. */
function inRuns(files: readonly FileItem[], { plan: { rule }, mostFiles = MOST_FILES }: GatherServices): FileItem[][] {
  const most = rule.kind === 'batch' ? rule.maxFiles : mostFiles;
  return Array.from({ length: Math.ceil(files.length / most) }, (_, index) =>
    files.slice(index * most, (index + 1) * most),
  );
}

async function listed(
  files: readonly FileItem[],
  { group, closing, index, along }: { group: string; closing: Closing; index: number; along: number },
  { s3, workBucket, pipeline, plan, requestId }: GatherServices,
): Promise<ClosedRun> {
  // Another attempt's list is another document, and its run another name, until one of them is kept.
  const id = hash(`${pipeline}#${group}#${closing.round}#${index}#${requestId}#${Math.random()}`, 8);
  const name = `${id}-gathered-${group}-${closing.round}${index === 0 ? '' : `-${index + 1}`}`;
  const list = files.map(
    ({ bucket, key, versionId, etag, sequencer }): GatheredFile => ({ bucket, key, versionId, etag, sequencer }),
  );
  const date = dateOf(group);
  return {
    name,
    list: await writeDocument(s3, workBucket, `gathered/${pipeline}/${name}.json`, list),
    gathered: {
      ...(date === undefined ? {} : { date }),
      by: closing.by,
      files: files.length,
      since: closing.since,
      ...(along === 0 ? {} : { along }),
      ...(plan.apart ? { apart: true } : {}),
      ...(plan.ofStream ? { ofStream: true } : {}),
    },
  };
}

async function start({ name, list, gathered }: ClosedRun, services: GatherServices): Promise<void> {
  const input: GatheredInput = { list, gathered };
  try {
    await services.stepFunctions.send(
      new StartExecutionCommand({
        stateMachineArn: services.stateMachineArn,
        name,
        input: JSON.stringify(input),
      }),
    );
    services.log(`Started ${name}`, { ...gathered });
  } catch (error) {
    // By an earlier attempt: nobody else has this name.
    if (!(error instanceof Error && error.name === 'ExecutionAlreadyExists')) throw error;
  }
}

/** Whether a closed round has the version of a file: read where an arrival has found its round closed. */
export async function isInRound(
  { runs }: RoundItem,
  { key, versionId }: Pick<FileItem, 'key' | 'versionId'>,
  { s3, workBucket }: GatherServices,
): Promise<boolean> {
  for (const { list } of runs) {
    const files = await readDocument(s3, workBucket, list, gatheredFiles);
    if (files.some((file) => file.key === key && file.versionId === versionId)) return true;
  }
  return false;
}
