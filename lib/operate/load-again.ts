/** What a run has loaded, or was to load, as the input of another. */
import { UserError } from './errors';
import type { RunRow } from './ledger';

/** All that the run has loaded, in its place. */
export function reprocessing(run: RunRow): object {
  return { ...loadOfRun(run), reprocess: true };
}

/** What the run was to load, as an execution's input names it. @throws {UserError} */
export function loadOfRun({ runId, pipeline, interval, after, list, rebuilds, objects = [] }: RunRow): object {
  if (after) return { after: { runId: after.runId } };
  if (interval) return { interval };
  if (list) return { list, ...(rebuilds ? { rebuilds } : {}) };
  if (objects.length === 0)
    throw new UserError(
      `The ledger does not say what the run ${runId} was to load. See: npx stepwell show ${runId.slice(0, 8)} --pipeline ${pipeline}`,
    );
  return {
    objects: objects.map(({ bucket, key, versionId }) => ({ bucket, key, ...(versionId ? { versionId } : {}) })),
  };
}
