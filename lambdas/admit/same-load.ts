/**
 * A content belongs to one load. The load ledgers know loads by their key, that is by their set of objects: if one object were loaded
 * alone that was published in a set before, or the other way round, its rows would be in an `append` table twice.
 */
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { ObjectVersion } from '../../lib/tasks/common';
import { InvalidTaskInput } from '../../lib/tasks/errors';
import { type Claim, changeClaim } from '../shared/claim-item';
import type { Ledger } from '../shared/ledger';
import { mapLimited } from '../shared/manifest';
import { hasPublishedNothing } from '../shared/owner-failed';
import { getRun, type RunItem, updateRun } from '../shared/run-item';

interface Claimed {
  readonly object: ObjectVersion;
  readonly claim: Claim;
}

interface Load {
  readonly pipeline: string;
  readonly execution: { readonly arn: string; readonly name: string };
  readonly loadKey: string;
}

interface Services {
  readonly ledger: Ledger;
  readonly stepFunctions: SFNClient;
}

const MOST_RUNS = 20;
const PARALLEL_CALLS = 16;

/** Notes the load at its claims. Refuses it where one of its contents may be in the targets as part of another load. */
export async function joinLoad(load: Load, claimed: readonly Claimed[], services: Services): Promise<void> {
  const { pipeline, execution, loadKey } = load;
  const others = new Set<string>();
  for (const { object, claim } of claimed) {
    if (!claim.load || claim.load.key === loadKey) continue;
    for (const runId of claim.load.runs) {
      // An earlier attempt of this very Admit has published nothing.
      if (runId === execution.name || others.has(runId)) continue;
      others.add(runId);
      const run = await getRun(services.ledger, pipeline, runId);
      if (!run || !(await isTakenOver(run, execution.name, services))) throw refused(object, runId, run);
    }
  }
  await mapLimited(claimed, PARALLEL_CALLS, async ({ object, claim }) => {
    const runs = claim.load?.key === loadKey ? claim.load.runs : [];
    if (runs.includes(execution.name)) return;
    const change = { load: { key: loadKey, runs: [execution.name, ...runs].slice(0, MOST_RUNS) } };
    await changeClaim(services.ledger, pipeline, execution.arn, object, change);
  });
}

/**
 * The other run has published nothing, and never will: should it be redriven, its Check, which comes before anything is published, reads
 * what is written here. So it is written first, and then looked whether the run is at work already.
 */
async function isTakenOver(run: RunItem, takenOverBy: string, services: Services): Promise<boolean> {
  if (!(await hasPublishedNothing(run, services))) return false;
  const isFirst = { expression: 'attribute_not_exists(takenOverBy)' };
  const isMarked = await updateRun(services.ledger, run, { takenOverBy }, isFirst);
  if (await hasPublishedNothing(run, services)) return true;
  if (isMarked) await updateRun(services.ledger, run, { takenOverBy: undefined });
  return false;
}

function refused(object: ObjectVersion, runId: string, run: RunItem | undefined): InvalidTaskInput {
  return new InvalidTaskInput(
    `${JSON.stringify(object.key)} is part of the load of run ${runId}${together(run)}, whose rows may be in the tables. ` +
      'Loaded in another set of files they could be there twice: redrive that run, or start one with exactly its files.',
  );
}

const SHOWN = 5;

function together(run: RunItem | undefined): string {
  const keys = (run?.objects ?? []).map(({ key }) => JSON.stringify(key));
  if (keys.length === 0) return '';
  return ` (${keys.slice(0, SHOWN).join(', ')}${keys.length > SHOWN ? ` and ${keys.length - SHOWN} more` : ''})`;
}
