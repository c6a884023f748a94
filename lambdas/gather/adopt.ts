/**
 * The marker says that the files are there; their events may come after its own, or never. So the bucket is asked: what lies there and is in
 * no round yet comes into this one.
 */

import { DATE_TOKENS, replaceTokens } from '../../lib/tasks/dated-globs';
import { ALL } from '../../lib/tasks/gather';
import { arrivalOf } from '../shared/arrival-order';
import { groupsBy } from '../shared/files/group-matcher';
import { listFiles } from '../shared/files/list-files';
import { getItem, ledgerKeys } from '../shared/ledger';
import { mapLimited } from '../shared/manifest';
import { arrive } from './arrive';
import { type ArrivalItem, filesOf, type Gathering } from './items';
import { isMarkerOf } from './markers';
import type { GatherServices } from './services';

const PARALLEL_CALLS = 32;
/** An event may be late by so much. Without dates in its key, what is older was there before the round began. */
const LATE_EVENT_MS = 15 * 60_000;

export async function adoptFiles(gathering: Gathering, services: GatherServices): Promise<void> {
  const { group, round, openedAt, markedAt } = gathering;
  const { ledger, pipeline, plan, s3, landingBucket } = services;
  const isMarker = isMarkerOf(plan);
  const groupsOf = groupsBy(plan.patterns);
  const from = Date.parse([openedAt, markedAt].filter((time) => time !== undefined).sort()[0]!) - LATE_EVENT_MS;
  const listed = await listFiles(s3, landingBucket, globsOf(group, plan.patterns));
  const inRound = new Set((await filesOf(ledger, pipeline, group, round)).map(({ key }) => key));
  const others = listed.filter(
    ({ key, lastModified }) =>
      !inRound.has(key) &&
      groupsOf(key) === group &&
      isMarker(key) === undefined &&
      (group !== ALL || Date.parse(lastModified) >= from),
  );
  const adopted = await mapLimited(others, PARALLEL_CALLS, async (object) => {
    const { bucket, key, versionId, etag } = object;
    const known = await getItem<ArrivalItem>(ledger, ledgerKeys.arrival(pipeline, bucket, key));
    if (known && known.versionId === versionId && (known.group !== group || known.round < round)) return false;
    await arrive(
      { group, isMarker: false, file: { bucket, key, versionId, etag, arrived: arrivalOf(object) } },
      services,
    );
    return true;
  });
  const count = adopted.filter(Boolean).length;
  if (count > 0) services.log(`${count} files of ${group} are there whose events have not come yet`);
}

/** The globs with the date of the group. */
export function globsOf(group: string, patterns: readonly string[]): string[] {
  if (group === ALL) return [...patterns];
  const parts = group.split('-');
  return patterns.map((pattern) =>
    replaceTokens(pattern, (token) => parts[DATE_TOKENS.indexOf(token as (typeof DATE_TOKENS)[number])]!),
  );
}
