/**
 * A run fails for one bad file, and the file is put again, corrected. The other files of that run are in no other: they come into the
 * round of the corrected one, unless something of them is in the tables, or they have been put again themselves.
 */
import { type GatheredFile, gatheredFiles } from '../../lib/tasks/gather';
import type { ClaimItem } from '../shared/claim-item';
import { getItem, ledgerKeys, putItem } from '../shared/ledger';
import { mapLimited, readDocument } from '../shared/manifest';
import { hasPublishedNothing } from '../shared/owner-failed';
import { getRun } from '../shared/run-item';
import type { ArrivalItem, Closing, FileItem, Gathering, RoundItem } from './items';
import type { GatherServices } from './services';

const PARALLEL_CALLS = 32;

/** Those that come into the round that is being closed, beside its own. An attempt that is made again finds the same. */
export async function broughtAlong(
  own: readonly FileItem[],
  { pipeline, group }: Gathering,
  closing: Closing,
  services: GatherServices,
): Promise<FileItem[]> {
  const { ledger, plan, s3, workBucket } = services;
  if (plan.apart) return [];
  const inRound = new Set(own.map(({ key }) => key));
  const publishedNothing = once((runId: string) => hasRunPublishedNothing(runId, services));
  const found: FileItem[] = [];
  for (const round of new Set(own.flatMap(({ before }) => before ?? []))) {
    const again = new Set(own.filter(({ before }) => before === round).map(({ key }) => key));
    const closed = await getItem<RoundItem>(ledger, ledgerKeys.gatheredRound(pipeline, group, round));
    for (const run of closed?.runs ?? []) {
      const files = await readDocument(s3, workBucket, run.list, gatheredFiles);
      if (!files.some(({ key }) => again.has(key)) || !(await publishedNothing(run.name))) continue;
      const others = files.filter(({ key }) => !inRound.has(key));
      const moved = await mapLimited(others, PARALLEL_CALLS, async (file) =>
        (await publishedNothing(await ownerOf(file, run.name, services)))
          ? move(file, { group, from: round, to: closing.round }, services)
          : undefined,
      );
      found.push(...moved.filter((one) => one !== undefined));
    }
  }
  return found;
}

/** The run that has claimed it last: another may have been started with the same files. */
async function ownerOf(
  { bucket, key, versionId }: GatheredFile,
  run: string,
  { ledger, pipeline }: GatherServices,
): Promise<string> {
  const item = await getItem<ClaimItem>(ledger, ledgerKeys.claim(pipeline, bucket, key));
  const claim = item && [item, ...item.earlier].find((one) => one.versionId === versionId);
  return claim?.runId ?? run;
}

async function hasRunPublishedNothing(runId: string, services: GatherServices): Promise<boolean> {
  const run = await getRun(services.ledger, services.pipeline, runId);
  return run !== undefined && hasPublishedNothing(run, services);
}

/** Undefined where a later version of its key has come, which is in a round of its own. */
async function move(
  { bucket, key, versionId, etag, sequencer }: GatheredFile,
  { group, from, to }: { group: string; from: number; to: number },
  { ledger, pipeline }: GatherServices,
): Promise<FileItem | undefined> {
  const at = ledgerKeys.arrival(pipeline, bucket, key);
  for (;;) {
    const known = await getItem<ArrivalItem>(ledger, at);
    if (known === undefined || known.versionId !== versionId || known.group !== group) return undefined;
    const file = { bucket, key, versionId, etag, sequencer, arrived: known.arrived, before: from };
    if (known.round === to) return file;
    if (known.round !== from) return undefined;
    const item: ArrivalItem = { ...known, round: to, before: from, revision: known.revision + 1 };
    const condition = { expression: 'revision = :revision', values: { ':revision': known.revision } };
    if (await putItem(ledger, at, item, condition)) return file;
  }
}

function once<T>(ask: (of: string) => Promise<T>): (of: string) => Promise<T> {
  const answers = new Map<string, Promise<T>>();
  return (of) => {
    const answer = answers.get(of) ?? ask(of);
    answers.set(of, answer);
    return answer;
  };
}
