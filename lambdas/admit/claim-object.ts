/**
 * Who loads which content of an object. A content is claimed by one run; others that are told of it have nothing to do, unless
 * its owner has failed. One item a key, one conditional write a decision: what was read is what is decided upon.
 *
 * There is no release. An Admit that dies half way leaves claims of its own execution behind: its retry finds them its own, and
 * once the execution has failed anybody may take them over. A release by a late attempt could undo the work of the next one.
 */
import type { ObjectVersion } from '../../lib/tasks/common';
import { arrivalOf, arrivedBefore } from '../shared/arrival-order';
import { type Claim, type ClaimItem, MAX_EARLIER } from '../shared/claim-item';
import { ABSENT, getItem, type Ledger, ledgerKeys, putItem } from '../shared/ledger';

export interface ClaimRequest {
  readonly pipeline: string;
  readonly execution: { readonly arn: string; readonly name: string };
  readonly object: ObjectVersion;
  readonly reprocess: boolean;
  /** of the load, where the object is the only one of its run */
  readonly loadKey?: (contentId: string) => string;
}

export interface ClaimServices {
  readonly ledger: Ledger;
  readonly now: () => number;
  /** Whether the execution that owns the claim has ended without success, or is gone. */
  readonly ownerFailed: (claim: Claim) => Promise<boolean>;
  /** Whether one that has failed may have published some of it. */
  readonly mayHavePublished: (claim: Claim) => Promise<boolean>;
}

export type ClaimAnswer = { readonly claim: Claim } | { readonly duplicate: string };

type Decision =
  | { readonly write: Omit<ClaimItem, 'revision'>; readonly answer: ClaimAnswer }
  | { readonly write?: undefined; readonly answer: ClaimAnswer };

export async function claimObject(request: ClaimRequest, services: ClaimServices): Promise<ClaimAnswer> {
  const { pipeline, object } = request;
  const at = ledgerKeys.claim(pipeline, object.bucket, object.key);
  for (;;) {
    const item = await getItem<ClaimItem>(services.ledger, at);
    const decision = item ? await decide(item, request, services) : first(request, services);
    if (!decision.write) return decision.answer;
    const written = await putItem(
      services.ledger,
      at,
      { ...decision.write, revision: (item?.revision ?? 0) + 1 },
      item ? { expression: 'revision = :revision', values: { ':revision': item.revision } } : ABSENT,
    );
    if (written) return decision.answer;
  }
}

function first(request: ClaimRequest, services: ClaimServices): Decision {
  const claim = newClaim(request, services);
  return { write: { ...claim, earlier: [] }, answer: { claim } };
}

async function decide(item: ClaimItem, request: ClaimRequest, services: ClaimServices): Promise<Decision> {
  const { object } = request;
  const { revision: _, earlier, ...latest } = item;

  if (sameContent(latest, object) && !outlivedBy(item, object)) {
    const taken = await takeOver(latest, request, services);
    if (taken) return { write: { ...taken, earlier }, answer: { claim: taken } };
    return { ...seenAgain(latest, earlier, object), answer: { duplicate: loadedBy(object, latest) } };
  }

  // A duplicate of an event that is older than the latest content.
  const index = earlier.findIndex((claim) => isNamed(object) && claim.versionId === object.versionId);
  const known = earlier[index];
  if (known) {
    const taken = await takeOver(known, request, services);
    if (!taken) return { answer: { duplicate: loadedBy(object, known) } };
    return { write: { ...latest, earlier: earlier.with(index, taken) }, answer: { claim: taken } };
  }

  if (!arrivedBefore(object, latest.seenAgain ?? latest)) {
    const claim = { ...newClaim(request, services), arrival: arrivalAfter(latest, object) };
    return { write: { ...claim, earlier: [latest, ...earlier].slice(0, MAX_EARLIER) }, answer: { claim } };
  }

  // An older version that comes late is loaded as well: `append` wants its rows. In a merge they lose against the newer ones by
  // `_arrival`, and it never replaces a newer table. Where the newer content came first, then this, then the newer content again
  // (and that was taken for a duplicate), the rows of the newer one are marked with its first arrival: so this must count as older still.
  const arrival = arrivedBefore(object, latest) ? arrivalOf(object) : latest.arrival.slice(0, -1);
  const claim = { ...newClaim(request, services), arrival };
  return { write: { ...latest, earlier: [claim, ...earlier].slice(0, MAX_EARLIER) }, answer: { claim } };
}

/** The claim as this execution's, if it may have it: its own already, the owner failed, or everything is to be loaded again. */
async function takeOver(claim: Claim, request: ClaimRequest, services: ClaimServices): Promise<Claim | undefined> {
  const mine = claim.owner === request.execution.arn;
  if (mine && claim.status === 'claimed' && sameVersion(claim, request.object)) return claim;
  if (!mine && !request.reprocess && claim.status !== 'failed') {
    if (claim.status === 'loaded' || !(await services.ownerFailed(claim))) return undefined;
  }
  // The same content keeps its name in the load key and its place in the order, so the load ledgers know it if the failed owner
  // had published it to some of its targets, or is redriven later.
  const { contentId, arrival, seenAgain, load } = claim;
  const replaces = claim.replaces || (claim.status !== 'loaded' && !mine && (await services.mayHavePublished(claim)));
  return { ...newClaim(request, services), contentId, arrival, seenAgain, load, replaces };
}

function newClaim({ object, execution, loadKey }: ClaimRequest, services: ClaimServices): Claim {
  const contentId = contentIdOf(object);
  return {
    versionId: object.versionId,
    etag: object.etag,
    size: object.size,
    sequencer: object.sequencer,
    lastModified: object.lastModified,
    contentId,
    arrival: arrivalOf(object),
    owner: execution.arn,
    runId: execution.name,
    status: 'claimed',
    claimedAt: new Date(services.now()).toISOString(),
    ...(loadKey ? { load: { key: loadKey(contentId), runs: [execution.name] } } : {}),
  };
}

/**
 * Whether another content came between this version and the latest one, which holds the same: then they are two contents. The
 * truth is A, B, A; the event of the first A comes last.
 */
function outlivedBy({ earlier, ...latest }: ClaimItem, object: ObjectVersion): boolean {
  if (sameVersion(latest, object) || !arrivedBefore(object, latest)) return false;
  return earlier.some(
    (claim) => !sameContent(claim, object) && arrivedBefore(object, claim) && arrivedBefore(claim, latest),
  );
}

/**
 * `_arrival` of the newest content: above that of the one before it in any case. S3 tells times by the second, and only events have
 * a sequencer, so the names of two versions of one second might say the opposite.
 */
function arrivalAfter(latest: Claim, object: ObjectVersion): string {
  const arrival = arrivalOf(object);
  return arrival > latest.arrival ? arrival : `${latest.arrival}~`.slice(0, MAX_ARRIVAL);
}

/** Characters of the column `_arrival`. */
const MAX_ARRIVAL = 96;

/** Notes that the content was put again later, so that a content between the two is known to be out of date. */
function seenAgain(latest: Claim, earlier: readonly Claim[], object: ObjectVersion): Pick<Decision, 'write'> {
  if (sameVersion(latest, object) || !arrivedBefore(latest.seenAgain ?? latest, object)) return {};
  const { sequencer, lastModified } = object;
  return { write: { ...latest, seenAgain: { sequencer, lastModified }, earlier } };
}

function sameContent(claim: Claim, object: ObjectVersion): boolean {
  return claim.etag === object.etag && claim.size === object.size;
}

function sameVersion(claim: Claim, object: ObjectVersion): boolean {
  return sameContent(claim, object) && claim.versionId === object.versionId;
}

/** Without versioning, one version after the other has the id `null`, or none. */
function isNamed({ versionId }: ObjectVersion): boolean {
  return versionId !== undefined && versionId !== 'null';
}

/** An object without versions is told apart by what it holds and when it was written. */
function contentIdOf(object: ObjectVersion): string {
  return isNamed(object) ? object.versionId! : `${object.etag}@${object.lastModified}`;
}

function loadedBy(object: ObjectVersion, claim: Claim): string {
  const state = claim.status === 'loaded' ? 'was loaded' : 'is being loaded';
  return `The content of s3://${object.bucket}/${object.key} ${state} by run ${claim.runId}; start with "reprocess": true to load it again.`;
}
