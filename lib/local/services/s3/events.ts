/**
 * Events for EventBridge, as AWS documents them (Amazon S3 User Guide, "EventBridge event message structure"). An event is stored in the
 * same journal line as the change that it tells of, and is owed until EventBridge has taken it: at least once, also across a crash.
 */
import type { PutEventsRequest, PutEventsResponse } from '@aws-sdk/client-eventbridge';
import type { CallContext, CloudContext, Principal } from '../../service';
import { type EventName, notificationsOf, send } from './notifications';
import type { Store } from './store/store';
import type { BucketConfig, ObjectVersion, StoredEvent } from './types';

export type CreationReason = 'PutObject' | 'POST Object' | 'CopyObject' | 'CompleteMultipartUpload';

const PRINCIPAL: Principal = { kind: 'service', service: 's3.amazonaws.com' };
/** PutEvents takes ten entries at most. */
const BATCH_SIZE = 10;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 10_000;

const CREATED: Readonly<Record<CreationReason, EventName>> = {
  PutObject: 'ObjectCreated:Put',
  'POST Object': 'ObjectCreated:Post',
  CopyObject: 'ObjectCreated:Copy',
  CompleteMultipartUpload: 'ObjectCreated:CompleteMultipartUpload',
};

/** What a bucket owes for a change: an event for EventBridge, and a notification for each that listens. */
export function objectCreated(
  config: BucketConfig,
  version: ObjectVersion,
  reason: CreationReason,
  context: CallContext,
): StoredEvent[] {
  const { key, size, etag, versionId, sequencer } = version;
  return eventsOf(config, context, version.lastModified, {
    detailType: 'Object Created',
    name: CREATED[reason],
    object: { key, size, etag, versionId, sequencer },
    more: { reason },
  });
}

export function objectDeleted(
  config: BucketConfig,
  object: { readonly key: string; readonly versionId: string; readonly etag?: string; readonly sequencer: string },
  deletionType: 'Permanently Deleted' | 'Delete Marker Created',
  context: CallContext,
  time: number,
): StoredEvent[] {
  const isLifecycle = context.principal.kind === 'service' && context.principal.service === 's3.amazonaws.com';
  const what = deletionType === 'Permanently Deleted' ? 'Delete' : 'DeleteMarkerCreated';
  return eventsOf(config, context, time, {
    detailType: 'Object Deleted',
    name: `${isLifecycle ? 'LifecycleExpiration' : 'ObjectRemoved'}:${what}`,
    object,
    more: {
      reason: isLifecycle ? 'Lifecycle Expiration' : 'DeleteObject',
      'deletion-type': deletionType,
      ...(isLifecycle && { requester: 's3.amazonaws.com' }),
    },
  });
}

export function objectTagged(
  config: BucketConfig,
  version: ObjectVersion,
  isDeleted: boolean,
  sequencer: string,
  context: CallContext,
): StoredEvent[] {
  const { key, etag, versionId } = version;
  return eventsOf(config, context, context.cloud.clock.now(), {
    detailType: isDeleted ? 'Object Tags Deleted' : 'Object Tags Added',
    name: isDeleted ? 'ObjectTagging:Delete' : 'ObjectTagging:Put',
    object: { key, etag, versionId, sequencer },
    more: {},
    isWithoutSequencer: true,
  });
}

interface Happening {
  readonly detailType: StoredEvent['detailType'];
  readonly name: EventName;
  readonly object: { key: string; size?: number; etag?: string; versionId: string; sequencer: string };
  readonly more: Readonly<Record<string, unknown>>;
  /** EventBridge is told of tags without one. */
  readonly isWithoutSequencer?: boolean;
}

function eventsOf(
  config: BucketConfig,
  { requestId, cloud }: CallContext,
  time: number,
  { detailType, name, object, more, isWithoutSequencer }: Happening,
): StoredEvent[] {
  const { account, region } = cloud;
  const { key, size, etag, versionId, sequencer } = object;
  const base = { time, bucket: config.name, detailType };
  const events: StoredEvent[] = [];
  if (config.eventBridge) {
    const detail = {
      version: '0',
      bucket: { name: config.name },
      object: {
        key,
        ...(size !== undefined && { size }),
        ...(etag !== undefined && { etag }),
        ...(versionId !== 'null' && { 'version-id': versionId }),
        ...(!isWithoutSequencer && { sequencer }),
      },
      'request-id': requestId,
      requester: account,
      'source-ip-address': '127.0.0.1',
      ...more,
    };
    events.push({ ...base, id: sequencer, detail });
  }
  if (config.notifications) {
    const told = notificationsOf(config, name, object, { requestId, account, time, region });
    for (const [index, { arn, message }] of told.entries())
      events.push({ ...base, id: `${sequencer}/${index}`, to: arn, detail: message as StoredEvent['detail'] });
  }
  return events;
}

export interface Deliverer {
  /** Sends what is owed, if that is not under way already. */
  wake(): void;
  stop(): Promise<void>;
}

export function startDeliverer(store: Store, cloud: CloudContext): Deliverer {
  const stopped = new AbortController();
  let running: Promise<void> | undefined;
  const wake = () => {
    if (stopped.signal.aborted) return;
    running ??= deliver(store, cloud, stopped.signal).finally(() => {
      running = undefined;
      if (store.owed.size > 0) wake();
    });
  };
  return {
    wake,
    stop: async () => {
      stopped.abort();
      await running;
    },
  };
}

/** So often a function, queue or topic is tried. */
const MAX_NOTIFICATION_ATTEMPTS = 5;

async function deliver(store: Store, cloud: CloudContext, signal: AbortSignal): Promise<void> {
  let retryMs = FIRST_RETRY_MS;
  const attempts = new Map<string, number>();
  while (store.owed.size > 0 && !signal.aborted) {
    const owed = [...store.owed.values()];
    const notified = await notify(
      cloud,
      owed.filter(({ to }) => to !== undefined),
      attempts,
    );
    if (notified.length > 0)
      store.commit({ do: 'sent', ids: notified }).catch((error) => cloud.log(`s3: ${error.message}`));
    const batch = owed.filter(({ to }) => to === undefined).slice(0, BATCH_SIZE);
    if (batch.length === 0 && attempts.size === 0) continue;
    try {
      const taken = await putEvents(cloud, batch);
      // Not waited for: an event that is sent again after a crash is allowed.
      store.commit({ do: 'sent', ids: taken.map(({ id }) => id) }).catch((error) => cloud.log(`s3: ${error.message}`));
      if (taken.length === batch.length && attempts.size === 0) {
        retryMs = FIRST_RETRY_MS;
        continue;
      }
    } catch (error) {
      if (signal.aborted) return;
      cloud.log(`s3: EventBridge did not take ${batch.length} event(s), trying again: ${(error as Error).message}`);
    }
    await cloud.clock.sleep(retryMs, signal).catch(() => {});
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
  }
}

/** The ids of those that have arrived, or that nobody will take. */
async function notify(
  cloud: CloudContext,
  owed: readonly StoredEvent[],
  attempts: Map<string, number>,
): Promise<string[]> {
  const done: string[] = [];
  for (const { id, to = '', bucket, detail } of owed) {
    try {
      await send(cloud, bucket, to, detail);
    } catch (error) {
      const count = (attempts.get(id) ?? 0) + 1;
      attempts.set(id, count);
      if (count < MAX_NOTIFICATION_ATTEMPTS) continue;
      cloud.log(`s3: ${to} was not notified by ${bucket}: ${(error as Error).message}`);
    }
    attempts.delete(id);
    done.push(id);
  }
  return done;
}

async function putEvents(cloud: CloudContext, batch: readonly StoredEvent[]): Promise<StoredEvent[]> {
  if (batch.length === 0) return [];
  const input: PutEventsRequest = {
    Entries: batch.map(({ time, bucket, detailType, detail }) => ({
      Time: new Date(time),
      Source: 'aws.s3',
      DetailType: detailType,
      Resources: [`arn:aws:s3:::${bucket}`],
      Detail: JSON.stringify(detail),
    })),
  };
  const { Entries = [] } = ((await cloud.call(PRINCIPAL, 'events', 'PutEvents', input)) ?? {}) as PutEventsResponse;
  return batch.filter((_, index) => Entries[index]?.ErrorCode === undefined);
}
