import * as z from 'zod/mini';
import { trigger } from '../../lib/tasks/admit';
import type { ManifestRef, Rebuilds } from '../../lib/tasks/common';
import { InvalidTaskInput } from '../../lib/tasks/errors';
import type { Gathered } from '../../lib/tasks/gather';

/** An object that a run is asked to load. */
export interface Wanted {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
  readonly etag?: string | undefined;
  readonly sequencer?: string | undefined;
}

export interface ParsedTrigger {
  /** `event`: S3 says that it arrived; `person`: somebody asked for it by name */
  readonly by: 'event' | 'person';
  readonly objects: readonly Wanted[];
  readonly reprocess: boolean;
  /** the run whose bad rows are to come in */
  readonly replayOf?: string;
  /** where the objects stand */
  readonly list?: ManifestRef;
  readonly gathered?: Gathered;
  readonly rebuilds?: Rebuilds;
}

/** S3's own event, as EventBridge delivers it when a rule has no input transformer. */
const s3Event = z.object({
  source: z.literal('aws.s3'),
  detail: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({
      key: z.string(),
      etag: z.optional(z.string()),
      'version-id': z.optional(z.string()),
      sequencer: z.optional(z.string()),
    }),
  }),
});

/** Reads what started the execution. */
export function parseTrigger(input: unknown, landingBucket: string): ParsedTrigger {
  const event = z.safeParse(s3Event, input);
  if (event.success) {
    const { bucket, object } = event.data.detail;
    return arrived({ ...object, bucket: bucket.name, versionId: object['version-id'] }, false);
  }
  const parsed = z.safeParse(trigger, input);
  if (!parsed.success) throw notUnderstood(input);
  const { arrival, objects, list, gathered, reprocess = false, replay, rebuilds } = parsed.data;
  if (rebuilds && !list) throw notUnderstood(input);
  if (replay && !((objects || list) && reprocess)) throw notUnderstood(input);
  const replayed = replay ? { replayOf: replay.runId } : {};
  if (list && !objects && !arrival) {
    const by = gathered ? 'event' : 'person';
    const how = { ...(gathered ? { gathered } : {}), ...(rebuilds ? { rebuilds } : {}) };
    return { by, objects: [], list, reprocess, ...how, ...replayed };
  }
  if (arrival && !objects) return arrived(arrival, reprocess);
  if (!objects || arrival || list || objects.length === 0) throw notUnderstood(input);
  const wanted = objects.map(({ bucket, key, versionId }) => ({
    bucket: given(bucket) ?? landingBucket,
    key,
    versionId: given(versionId),
  }));
  refuseRepeats(wanted);
  return { by: 'person', objects: wanted, reprocess, ...replayed };
}

function arrived(arrival: Wanted, reprocess: boolean): ParsedTrigger {
  const { bucket, key } = arrival;
  // A missing member of the event becomes an empty text in an input transformer.
  const versionId = given(arrival.versionId);
  const etag = given(arrival.etag);
  const sequencer = given(arrival.sequencer);
  return { by: 'event', objects: [{ bucket, key, versionId, etag, sequencer }], reprocess };
}

function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function refuseRepeats(wanted: readonly Wanted[]): void {
  const repeated = wanted.find(
    (one, index) => wanted.findIndex((other) => other.bucket === one.bucket && other.key === one.key) !== index,
  );
  if (!repeated) return;
  throw new InvalidTaskInput(
    `The run was started with ${JSON.stringify(repeated.key)} more than once. A run loads one version of an object: start a run for each version.`,
  );
}

function notUnderstood(input: unknown): InvalidTaskInput {
  const text = JSON.stringify(input) ?? 'nothing';
  return new InvalidTaskInput(
    `The run was started with ${text.length > 300 ? `${text.slice(0, 300)}…` : text}, which names no object to load. ` +
      'Accepted are {"objects": [{"key": "…"}]} with optional "bucket" and "versionId" of each, {"arrival": {"bucket": "…", "key": "…"}}, ' +
      'and an "Object Created" event of S3; beside the first two, "reprocess": true loads again what has been loaded.',
  );
}
