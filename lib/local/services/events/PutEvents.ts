import { randomUUID } from 'node:crypto';
import type {
  PutEventsCommandInput,
  PutEventsCommandOutput,
  PutEventsRequestEntry,
  PutEventsResultEntry,
} from '@aws-sdk/client-eventbridge';
import { isObject } from '../../events/operators';
import type { AwsEvent } from '../../events/transform';
import { AwsError, type CloudContext, type Principal } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { isoSeconds, toMillis } from '../timestamps';
import { busArn, type EventsState } from './state';

type Output = Omit<PutEventsCommandOutput, '$metadata'>;

const MAX_ENTRIES = 10;
const MAX_TOTAL_BYTES = 262_144;

/** Answers once every delivery that the events lead to is on disk. */
export const PutEvents: OperationOf<EventsState, PutEventsCommandInput, Output> = (state) => ({
  authorize: ({ Entries = [] }, { cloud }) =>
    [...new Set(Entries.map(({ EventBusName }) => busArn(cloud, EventBusName)))].map((resource) => ({
      action: 'events:PutEvents',
      resource,
    })),

  async handle(input, { cloud, principal }) {
    requireMembers(input, 'Entries');
    if (input.Entries.length < 1 || input.Entries.length > MAX_ENTRIES) {
      const reason = `Member must have length ${input.Entries.length < 1 ? 'greater than or equal to 1' : `less than or equal to ${MAX_ENTRIES}`}`;
      throw new AwsError('ValidationException', `Value at 'entries' failed to satisfy constraint: ${reason}`);
    }
    if (input.Entries.reduce((sum, entry) => sum + sizeOf(entry), 0) > MAX_TOTAL_BYTES) {
      throw new AwsError('ValidationException', 'Total size of the entries in the request is over the limit.');
    }

    const events = new Map<string, AwsEvent[]>();
    let failed = 0;
    const Entries = input.Entries.map((entry): PutEventsResultEntry => {
      const refusal = refuse(entry, principal);
      if (refusal) {
        failed++;
        return refusal;
      }
      const bus = state().busName(entry.EventBusName);
      const event = toEvent(entry, cloud);
      events.set(bus, [...(events.get(bus) ?? []), event]);
      return { EventId: event.id };
    });
    for (const [bus, all] of events) await state().publish(all, bus);
    return { FailedEntryCount: failed, Entries };
  },
});

function refuse(entry: PutEventsRequestEntry, principal: Principal): PutEventsResultEntry | undefined {
  for (const name of ['Source', 'DetailType', 'Detail'] as const) {
    if (entry[name]) continue;
    const ErrorMessage = `Parameter ${name} is not valid. Reason: ${name} is a required argument.`;
    return { ErrorCode: 'InvalidArgument', ErrorMessage };
  }
  // Only AWS services speak as AWS: an application's own rule could otherwise be triggered by anybody.
  if (entry.Source?.startsWith('aws.') && principal.kind !== 'service') {
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
  }
  return isJsonObject(entry.Detail ?? '')
    ? undefined
    : { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
}

const toEvent = (entry: PutEventsRequestEntry, cloud: CloudContext): AwsEvent => ({
  version: '0',
  id: randomUUID(),
  'detail-type': entry.DetailType as string,
  source: entry.Source as string,
  account: cloud.account,
  time: isoSeconds(entry.Time ? toMillis(entry.Time) : cloud.clock.now()),
  region: cloud.region,
  resources: entry.Resources ?? [],
  detail: JSON.parse(entry.Detail as string),
});

/** As AWS documents the calculation. */
function sizeOf({ Time, Source, DetailType, Detail, Resources = [] }: PutEventsRequestEntry): number {
  const texts = [Source, DetailType, Detail, ...Resources];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ''), Time ? 14 : 0);
}

function isJsonObject(text: string): boolean {
  try {
    return isObject(JSON.parse(text));
  } catch {
    return false;
  }
}
