/** What the function is invoked with: an object of S3, a timer, a deadline by the clock, or somebody who looks whether all is well. */
import * as z from 'zod/mini';
import { anyDate } from '../../lib/tasks/dated-globs';
import { InvalidTaskInput } from '../../lib/tasks/errors';
import { arrivalOf } from '../shared/arrival-order';
import { groupsBy } from '../shared/files/group-matcher';
import { matches } from '../shared/files/matches';
import { unquoted } from '../shared/objects';
import { type Arrived, arrive } from './arrive';
import { atDeadline } from './deadline';
import { openGatherings } from './items';
import { look } from './look';
import { isMarkerOf } from './markers';
import type { GatherServices } from './services';

/** As EventBridge delivers it; `stepwell` as source where a person has it told once more. */
const objectCreated = z.object({
  'detail-type': z.literal('Object Created'),
  time: z.string(),
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
type ObjectCreated = z.infer<typeof objectCreated>;

export const gatherInput = z.union([
  objectCreated,
  z.object({ timer: z.object({ group: z.string(), at: z.string() }) }),
  z.object({ deadline: z.object({ time: z.string() }) }),
  z.object({
    'detail-type': z.literal('Stepwell Gathering Due'),
    detail: z.object({ group: z.optional(z.string()), release: z.optional(z.boolean()) }),
  }),
]);
export type GatherInput = z.infer<typeof gatherInput>;

export type Gathered = Readonly<Record<string, string | number>>;

export async function gather(input: GatherInput, services: GatherServices): Promise<Gathered> {
  if ('timer' in input) {
    const { group, at } = input.timer;
    return { group, outcome: await look(group, services, { notBefore: Date.parse(at) }) };
  }
  if ('deadline' in input) return { late: await atDeadline(new Date(input.deadline.time), services) };
  if (input['detail-type'] === 'Object Created') return arrived(input, services);
  const { group, release = false } = input.detail;
  const groups =
    group === undefined ? (await openGatherings(services.ledger, services.pipeline)).map((one) => one.group) : [group];
  const outcomes: [string, string][] = [];
  for (const one of groups) outcomes.push([one, await look(one, services, { release })]);
  return Object.fromEntries(outcomes);
}

async function arrived(event: ObjectCreated, services: GatherServices): Promise<Gathered> {
  const { plan } = services;
  const { bucket, object } = event.detail;
  const { key } = object;
  const marked = isMarkerOf(plan)(key);
  const group = marked ?? groupsBy(plan.patterns)(key);
  if (group === undefined) {
    const pattern = plan.patterns.find((one) => matches(anyDate(one), key));
    if (pattern !== undefined) throw noDate(key, pattern);
    // EventBridge's rule is coarser than the globs.
    return { outcome: 'ignored' };
  }
  const lastModified = new Date(event.time).toISOString();
  const found: Arrived = {
    group,
    isMarker: marked !== undefined,
    file: {
      bucket: bucket.name,
      key,
      versionId: given(object['version-id']),
      etag: given(object.etag) && unquoted(object.etag),
      sequencer: given(object.sequencer),
      arrived: arrivalOf({ lastModified, sequencer: given(object.sequencer) }),
    },
  };
  const gathering = await arrive(found, services);
  return { group, outcome: await look(group, services, { gathering }) };
}

/** No run would ever load it: the event becomes a dead letter, of which there is an alarm. */
const noDate = (key: string, pattern: string): InvalidTaskInput =>
  new InvalidTaskInput(
    `${JSON.stringify(key)} has no date where ${pattern} names one, or two that differ: no run loads it. Put it where its date belongs.`,
  );

const given = (text: string | undefined): string | undefined => (text === '' ? undefined : text);
