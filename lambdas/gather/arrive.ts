/** An arrival finds its round. Events come twice, late and in any order, and each invocation may end anywhere: its retry goes on. */
import { ABSENT, getItem, ledgerKeys, putItem } from '../shared/ledger';
import { isInRound, sealed } from './close';
import {
  type ArrivalItem,
  begunGathering,
  type FileItem,
  type Gathering,
  gatheringOf,
  noteArrival,
  putFile,
  type RoundItem,
  recount,
} from './items';
import type { GatherServices } from './services';

export interface Arrived {
  readonly group: string;
  readonly file: FileItem;
  readonly isMarker: boolean;
}

/** The group as it is then. */
export async function arrive(arrived: Arrived, services: GatherServices): Promise<Gathering> {
  const { ledger, pipeline } = services;
  const { group, file, isMarker } = arrived;
  const at = ledgerKeys.arrival(pipeline, file.bucket, file.key);
  // This invocation has seen its round being closed, without it.
  let isLeftOver = false;
  for (;;) {
    const gathering = await begunGathering(ledger, pipeline, group, services.now());
    const known = await getItem<ArrivalItem>(ledger, at);
    if (known && isKnown(known, file)) {
      if (!isSame(known, file)) return gathering;
      if (known.group === group && known.round === gathering.round) {
        const again = await putInto(gathering, withBefore(arrived, known), services);
        // An attempt that died may have put it there without having counted it.
        const counted = again && (await recount(ledger, again));
        if (counted) return counted;
        continue;
      }
      if (!isLeftOver && (isMarker || (await wasInRound(known, file, services)))) return gathering;
    }
    const { arrived: time, versionId } = file;
    const item: ArrivalItem = {
      versionId,
      arrived: time,
      group,
      round: gathering.round,
      before: beforeOf(known, gathering),
      revision: (known?.revision ?? 0) + 1,
    };
    const condition = known ? { expression: 'revision = :revision', values: { ':revision': known.revision } } : ABSENT;
    if (!(await putItem(ledger, at, item, condition))) continue;
    const noted = await putInto(gathering, withBefore(arrived, item), services);
    if (noted) return noted;
    isLeftOver = !(await wasInRound(item, file, services));
    if (!isLeftOver) return gathering;
  }
}

/** The round in which its key was before the one that is open. */
function beforeOf(known: ArrivalItem | undefined, { group, round }: Gathering): number | undefined {
  if (known?.group !== group) return undefined;
  return known.round === round ? known.before : known.round;
}

const withBefore = (arrived: Arrived, { before }: ArrivalItem): Arrived => ({
  ...arrived,
  file: { ...arrived.file, before },
});

/** The same version, or a later one of its key. */
const isKnown = (known: ArrivalItem, file: FileItem): boolean => isSame(known, file) || known.arrived > file.arrived;

const isSame = (known: ArrivalItem, file: FileItem): boolean =>
  file.versionId === undefined || known.versionId === undefined
    ? known.arrived === file.arrived
    : known.versionId === file.versionId;

/** Undefined where the round was closed meanwhile. */
async function putInto(
  gathering: Gathering,
  { file, isMarker }: Arrived,
  { ledger, now }: GatherServices,
): Promise<Gathering | undefined> {
  const isNew = !isMarker && (await putFile(ledger, gathering, file, now()));
  return noteArrival(ledger, gathering, { more: isNew ? 1 : 0, isMarker, now: now() });
}

const ASK_AGAIN_MS = 200;
const ASKED = 15;

/** Whether a round that was closed has the file. */
async function wasInRound(
  { group, round }: Pick<ArrivalItem, 'group' | 'round'>,
  file: FileItem,
  services: GatherServices,
): Promise<boolean> {
  const { ledger, pipeline } = services;
  for (let asked = 0; ; asked++) {
    // In this order: who closes a round writes its list first.
    const gathering = await gatheringOf(ledger, pipeline, group);
    const closed = await getItem<RoundItem>(ledger, ledgerKeys.gatheredRound(pipeline, group, round));
    if (closed) return isInRound(closed, file, services);
    // Its definition was another then, or the ledger has forgotten.
    if (gathering?.closing?.round !== round) return false;
    // Who closes it is about to write its list. Where that has died, the list is written here.
    if (asked >= ASKED) await sealed(gathering, gathering.closing, services);
    else await services.sleep(ASK_AGAIN_MS);
  }
}
