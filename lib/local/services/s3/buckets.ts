/** Buckets: names, creation, configuration. */
import { malformedXml, S3Error } from './errors';
import type { S3 } from './objects';
import type { BucketConfig } from './types';

export interface BucketSettings {
  readonly versioned?: boolean;
  /** whether the bucket sends its events to EventBridge */
  readonly eventBridge?: boolean;
}

/** Creates the bucket or changes it; what is not said stays. */
export async function configureBucket(s3: S3, name: string, settings: BucketSettings, nowMs: number): Promise<void> {
  checkBucketName(name);
  const old = s3.store.buckets.get(name)?.config;
  const base: BucketConfig = old ?? { name, createdAt: nowMs, versioning: 'Disabled', eventBridge: false };
  const versioning = settings.versioned === undefined ? base.versioning : versioningOf(base, settings.versioned);
  const bucket: BucketConfig = { ...base, versioning, eventBridge: settings.eventBridge ?? base.eventBridge };
  if (old && JSON.stringify(old) === JSON.stringify(bucket)) return;
  await s3.store.commit({ do: 'bucket', bucket });
}

/** Throws BucketNotEmpty. */
export async function removeBucket(s3: S3, name: string): Promise<void> {
  const bucket = s3.store.bucket(name);
  if (!bucket.isEmpty) {
    throw new S3Error(
      'BucketNotEmpty',
      `The bucket you tried to delete is not empty${bucket.config.versioning === 'Disabled' ? '' : '. You must delete all versions in the bucket.'}`,
      409,
      { BucketName: name },
    );
  }
  await s3.store.commit({ do: 'drop-bucket', bucket: name });
}

export async function setVersioning(s3: S3, name: string, status: string | undefined): Promise<void> {
  if (status !== 'Enabled' && status !== 'Suspended') throw malformedXml();
  const { config } = s3.store.bucket(name);
  await s3.store.commit({ do: 'bucket', bucket: { ...config, versioning: status } });
}

export function checkBucketName(name: string): void {
  const isValid =
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !name.includes('..') &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
    !/^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name);
  if (!isValid) throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.', 400, { BucketName: name });
}

/** Versioning that was once on can only be suspended. */
function versioningOf(base: BucketConfig, versioned: boolean): BucketConfig['versioning'] {
  if (versioned) return 'Enabled';
  return base.versioning === 'Disabled' ? 'Disabled' : 'Suspended';
}
