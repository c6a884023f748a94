/**
 * The local S3. Its operations are AWS's; `configureBucket` and `removeBucket` are for the template loader, and `deliverEvents` for the
 * cloud, once all that listens to events is up.
 */
import { join } from 'node:path';
import type { CloudContext, Operation, Service } from '../../service';
import type { ResourcePolicies } from '../resource-policy';
import { type BucketSettings, configureBucket, removeBucket } from './buckets';
import { type Deliverer, startDeliverer } from './events';
import { startLifecycle } from './lifecycle';
import type { S3 } from './objects';
import { abortMultipartUpload } from './operations/abortMultipartUpload';
import { aclOperations } from './operations/acl';
import * as buckets from './operations/bucket';
import { completeMultipartUpload } from './operations/completeMultipartUpload';
import { copyObject } from './operations/copyObject';
import { createMultipartUpload } from './operations/createMultipartUpload';
import { deleteObject } from './operations/deleteObject';
import { deleteObjects } from './operations/deleteObjects';
import { getObject } from './operations/getObject';
import { getObjectAttributes } from './operations/getObjectAttributes';
import { headObject } from './operations/headObject';
import { listMultipartUploads } from './operations/listMultipartUploads';
import { listObjects } from './operations/listObjects';
import { listObjectsV2 } from './operations/listObjectsV2';
import { listObjectVersions } from './operations/listObjectVersions';
import { listParts } from './operations/listParts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './operations/objectTagging';
import { putObject } from './operations/putObject';
import { uploadPart } from './operations/uploadPart';
import { uploadPartCopy } from './operations/uploadPartCopy';
import { askingFirst } from './requests';
import { applyBucketPolicies, policyOperations, settingOperations } from './settings';
import { Store } from './store/store';

export type { BucketSettings } from './buckets';

export interface S3Service extends Service {
  /** Creates the bucket or changes it; what is not said stays. */
  configureBucket(name: string, settings: BucketSettings): Promise<void>;
  /** Throws NoSuchBucket, BucketNotEmpty. */
  removeBucket(name: string): Promise<void>;
  /**
   * Sends the events that an earlier process owed when it ended. Not done by `start`, as EventBridge would take them before its rules
   * are there. New events are sent as they arise, and these along with them.
   */
  deliverEvents(): void;
}

/** State lives in `<stateDir>/s3/`. */
export function createS3Service(options: {
  readonly stateDir: string;
  readonly policies?: ResourcePolicies;
}): S3Service {
  let store: Store | undefined;
  let cloud: CloudContext | undefined;
  let deliverer: Deliverer | undefined;
  let lifecycle: ReturnType<typeof startLifecycle> | undefined;
  const s3: S3 = {
    ...(options.policies && { policies: options.policies }),
    get store() {
      if (!store) throw new Error('The local S3 has not been started');
      return store;
    },
    wake: () => deliverer?.wake(),
  };
  const now = () => cloud?.clock.now() ?? Date.now();
  return {
    name: 's3',
    operations: askingFirst(operationsOf(s3)),
    tagsOf: (arn) => tagsOfLatest(s3, arn),
    async start(startedBy) {
      cloud = startedBy;
      store = await Store.open(join(options.stateDir, 's3'));
      deliverer = startDeliverer(store, startedBy);
      applyBucketPolicies(s3);
      lifecycle = startLifecycle(s3, startedBy);
    },
    async stop() {
      await lifecycle?.stop();
      await deliverer?.stop();
      await store?.close();
      store = undefined;
      deliverer = undefined;
    },
    configureBucket: (name, settings) => configureBucket(s3, name, settings, now()),
    removeBucket: (name) => removeBucket(s3, name),
    deliverEvents: () => deliverer?.wake(),
  };
}

/** Of an object, as `s3:ExistingObjectTag/…` asks for them. */
function tagsOfLatest({ store }: S3, arn: string): Readonly<Record<string, string>> | undefined {
  const [, bucket = '', key = ''] = /^arn:aws:s3:::([^/]+)\/(.+)$/s.exec(arn) ?? [];
  return store.buckets.get(bucket)?.latest(key)?.tags;
}

function operationsOf(s3: S3): Record<string, Operation> {
  return {
    ...settingOperations(s3),
    ...policyOperations(s3),
    ...aclOperations(s3),
    AbortMultipartUpload: abortMultipartUpload(s3),
    CompleteMultipartUpload: completeMultipartUpload(s3),
    CopyObject: copyObject(s3),
    CreateBucket: buckets.createBucket(s3),
    CreateMultipartUpload: createMultipartUpload(s3),
    DeleteBucket: buckets.deleteBucket(s3),
    DeleteObject: deleteObject(s3),
    DeleteObjects: deleteObjects(s3),
    DeleteObjectTagging: deleteObjectTagging(s3),
    GetBucketLocation: buckets.getBucketLocation(s3),
    GetBucketNotificationConfiguration: buckets.getBucketNotificationConfiguration(s3),
    GetBucketVersioning: buckets.getBucketVersioning(s3),
    GetObject: getObject(s3),
    GetObjectAttributes: getObjectAttributes(s3),
    GetObjectTagging: getObjectTagging(s3),
    HeadBucket: buckets.headBucket(s3),
    HeadObject: headObject(s3),
    ListBuckets: buckets.listBuckets(s3),
    ListMultipartUploads: listMultipartUploads(s3),
    ListObjects: listObjects(s3),
    ListObjectsV2: listObjectsV2(s3),
    ListObjectVersions: listObjectVersions(s3),
    ListParts: listParts(s3),
    PutBucketNotificationConfiguration: buckets.putBucketNotificationConfiguration(s3),
    PutBucketVersioning: buckets.putBucketVersioning(s3),
    PutObject: putObject(s3),
    PutObjectTagging: putObjectTagging(s3),
    UploadPart: uploadPart(s3),
    UploadPartCopy: uploadPartCopy(s3),
  };
}
