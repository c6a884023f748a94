/** The claim of an object: which of its contents belongs to which run. One item for each pipeline, bucket and key. */
import { isDeepStrictEqual } from 'node:util';
import type { ObjectVersion } from '../../lib/tasks/common';
import { getItem, type Ledger, ledgerKeys, updateItem } from './ledger';
import { mapLimited } from './manifest';

/** One content of an object, claimed by a run. */
export interface Claim {
  readonly versionId?: string | undefined;
  readonly etag: string;
  readonly size: number;
  readonly sequencer?: string | undefined;
  readonly lastModified: string;
  /**
   * Names the content in the load key. Usually the version's id; where the same content was put again and its claim taken over,
   * the id of the version that brought it first, so that both loads are one to the load ledgers.
   */
  readonly contentId: string;
  /** `_arrival` of its rows */
  readonly arrival: string;
  /** when the same content was last put again, where that was later: a content that lies between the two is out of date already */
  readonly seenAgain?: { readonly sequencer?: string | undefined; readonly lastModified: string } | undefined;
  /** ARN of the execution */
  readonly owner: string;
  readonly runId: string;
  readonly status: 'claimed' | 'loaded' | 'failed';
  /** absent: false; a run before this one failed when it may have published some of it */
  readonly replaces?: boolean | undefined;
  /** ISO 8601 */
  readonly claimedAt: string;
  /** the load key under which the content was last admitted, and the runs that were to do it: its rows may be in the targets under that key */
  readonly load?: { readonly key: string; readonly runs: readonly string[] } | undefined;
}

/** The latest content claimed, and up to `MAX_EARLIER` older ones. */
export interface ClaimItem extends Claim {
  /** changes with every write: the condition of the next one */
  readonly revision: number;
  readonly earlier: readonly Claim[];
}

export const MAX_EARLIER = 20;

const PARALLEL_CALLS = 16;

/** Sets the status of what this execution has claimed; what others own now stays as it is. */
export async function markClaims(
  ledger: Ledger,
  pipeline: string,
  owner: string,
  objects: readonly ObjectVersion[],
  status: 'loaded' | 'failed',
): Promise<void> {
  await mapLimited(objects, PARALLEL_CALLS, (object) => changeClaim(ledger, pipeline, owner, object, { status }));
}

/** Changes what this execution has claimed of an object; what others own now stays as it is. */
export async function changeClaim(
  ledger: Ledger,
  pipeline: string,
  owner: string,
  object: ObjectVersion,
  change: Partial<Pick<Claim, 'status' | 'load'>>,
): Promise<void> {
  const at = ledgerKeys.claim(pipeline, object.bucket, object.key);
  const isChanged = (claim: Claim) => claim.owner === owner && !isDeepStrictEqual({ ...claim, ...change }, claim);
  const changed = <T extends Claim>(claim: T): T => (isChanged(claim) ? { ...claim, ...change } : claim);
  for (;;) {
    const item = await getItem<ClaimItem>(ledger, at);
    if (!item || ![item, ...item.earlier].some(isChanged)) return;
    const done = await updateItem(
      ledger,
      at,
      { ...(isChanged(item) ? change : {}), earlier: item.earlier.map(changed), revision: item.revision + 1 },
      { expression: 'revision = :revision', values: { ':revision': item.revision } },
    );
    if (done) return;
  }
}
