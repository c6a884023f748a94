/**
 * Events for EventBridge, as AWS documents them (Amazon S3 User Guide, "EventBridge event message structure"). An event is stored in the
 * same journal line as the change that it tells of, and is owed until EventBridge has taken it: at least once, also across a crash.
 */
import type { PutEventsRequest, PutEventsResponse } from '@aws-sdk/client-eventbridge';
import type { CloudContext, Principal } from '../../service';
import type { Store } from './store/store';
import type { ObjectVersion, StoredEvent } from './types';

export type CreationReason = 'PutObject' | 'CopyObject' | 'CompleteMultipartUpload';

const PRINCIPAL: Principal = { kind: 'service', service: 's3.amazonaws.com' };
/** PutEvents takes ten entries at most. */
const BATCH_SIZE = 10;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 10_000;

interface Occasion {
  readonly bucket: string;
  readonly requestId: string;
  readonly account: string;
  readonly time: number;
}

export function objectCreated(occasion: Occasion, version: ObjectVersion, reason: CreationReason): StoredEvent {
  return event(occasion, 'Object Created', version.sequencer, {
    object: {
      key: version.key,
      size: version.size,
      etag: version.etag,
      ...(version.versionId !== 'null' && { 'version-id': version.versionId }),
      sequencer: version.sequencer,
    },
    reason,
  });
}

export function objectDeleted(
  occasion: Occasion,
  object: { readonly key: string; readonly versionId: string; readonly etag?: string; readonly sequencer: string },
  deletionType: 'Permanently Deleted' | 'Delete Marker Created',
): StoredEvent {
  return event(occasion, 'Object Deleted', object.sequencer, {
    object: {
      key: object.key,
      ...(object.etag !== undefined && { etag: object.etag }),
      ...(object.versionId !== 'null' && { 'version-id': object.versionId }),
      sequencer: object.sequencer,
    },
    reason: 'DeleteObject',
    'deletion-type': deletionType,
  });
}

function event(
  { bucket, requestId, account, time }: Occasion,
  detailType: StoredEvent['detailType'],
  id: string,
  { object, ...more }: { object: object } & Record<string, unknown>,
): StoredEvent {
  const detail = {
    version: '0',
    bucket: { name: bucket },
    object,
    'request-id': requestId,
    requester: account,
    'source-ip-address': '127.0.0.1',
    ...more,
  };
  return { id, time, bucket, detailType, detail };
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

async function deliver(store: Store, cloud: CloudContext, signal: AbortSignal): Promise<void> {
  let retryMs = FIRST_RETRY_MS;
  while (store.owed.size > 0 && !signal.aborted) {
    const batch = [...store.owed.values()].slice(0, BATCH_SIZE);
    try {
      const taken = await putEvents(cloud, batch);
      // Not waited for: an event that is sent again after a crash is allowed.
      store.commit({ do: 'sent', ids: taken.map(({ id }) => id) }).catch((error) => cloud.log(`s3: ${error.message}`));
      if (taken.length === batch.length) {
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

async function putEvents(cloud: CloudContext, batch: readonly StoredEvent[]): Promise<StoredEvent[]> {
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
