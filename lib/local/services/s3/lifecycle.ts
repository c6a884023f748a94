/** Carries out the buckets' lifecycle rules: once at the start, then every hour. Transitions to other storage classes change nothing here. */
import type { CallContext, CloudContext } from '../../service';
import { expiredNoncurrent, expiryOf, isAbandoned, isExpiredMarker, rulesOf } from './lifecycle-rules';
import type { S3 } from './objects';
import { deleteVersion } from './operations/deleteObject';

const PERIOD_MS = 3_600_000;

export function startLifecycle(s3: S3, cloud: CloudContext): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const running = (async () => {
    for (;;) {
      await expire(s3, cloud).catch((error) => cloud.log(`s3: lifecycle: ${(error as Error).message}`));
      await cloud.clock.sleep(PERIOD_MS, stopping.signal);
    }
  })().catch(() => undefined); // ends when aborted
  return {
    async stop() {
      stopping.abort(new Error('stopped'));
      await running;
    },
  };
}

export async function expire(s3: S3, cloud: CloudContext): Promise<void> {
  const context: CallContext = {
    cloud,
    principal: { kind: 'service', service: 's3.amazonaws.com' },
    requestId: 'lifecycle',
  };
  const now = cloud.clock.now();
  for (const bucket of s3.store.buckets.values()) {
    const { config } = bucket;
    if (rulesOf(config).length === 0) continue;
    for (const { upload } of [...bucket.uploads.values()]) {
      if (isAbandoned(config, upload, now))
        await s3.store.commit({ do: 'drop-upload', bucket: config.name, uploadId: upload.uploadId });
    }
    const keys = Array.from({ length: bucket.keys.length }, (_, index) => bucket.keys.at(index) as string);
    for (const key of keys) {
      const versions = [...bucket.versions(key)];
      for (const version of expiredNoncurrent(config, versions, now))
        await deleteVersion(s3, config.name, key, version.versionId, context);
      const [latest] = versions;
      const expiry = latest && expiryOf(config, latest);
      if (expiry && expiry.at <= now) await deleteVersion(s3, config.name, key, undefined, context);
      else if (latest && isExpiredMarker(config, bucket.versions(key)))
        await deleteVersion(s3, config.name, key, latest.versionId, context);
    }
  }
}
