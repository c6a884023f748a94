import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type BucketProps,
  type CfnBucket,
  ObjectOwnership,
  StorageClass,
} from 'aws-cdk-lib/aws-s3';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge';
import { EmptiedBuckets } from './emptied-buckets';
import { protection } from './protection';
import { settingsOf } from './settings';

const STAGED_DAYS = 30;
/** Since a file was written: a query that has read its name from the catalog before the swap still finds it. */
const SUPERSEDED_DAYS = 7;
const QUARANTINE_DAYS = 365;
/** The failed runs of a backfill can be run again for so long. */
const BACKFILL_DAYS = 90;
/** What a stream's function has written is copied to the landing bucket in the same breath, or by the sweeper minutes later. */
const ATTEMPT_DAYS = 7;
/** The ledger names counts of windows for 30 days, and a little longer, since it deletes its items late. */
const COUNTS_DAYS = 45;
const ACCESS_LOG_DAYS = 90;
const ABANDONED_UPLOAD_DAYS = 7;

/** Where files land, where runs stage their parts, where the lake's tables lie; all encrypted, TLS only, never public. */
export class DataBuckets extends Construct {
  /** Versioned: every read pins a version. Input is never deleted. */
  readonly landing: Bucket;
  /** `runs/` for staged parts and manifests, `quarantine/` for rejected rows. */
  readonly work: Bucket;
  /** Parquet of the Glue tables. */
  readonly lake: Bucket;
  /** Access logs of the three, and the network's flow logs. A trial writes none: they come late, and a bucket goes only when it is empty. */
  readonly logs: Bucket;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const { removalPolicy } = protection(this);
    const { disposable } = settingsOf(this);
    const common: BucketProps = {
      // SSE-S3: a KMS key of our own would need a grant in every role and a request on every part, and protect no more.
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy,
    };
    const uploads = {
      id: 'abandoned-uploads',
      abortIncompleteMultipartUploadAfter: Duration.days(ABANDONED_UPLOAD_DAYS),
    };

    this.logs = new Bucket(this, 'Logs', {
      ...common,
      lifecycleRules: [uploads, { id: 'expire', expiration: Duration.days(ACCESS_LOG_DAYS) }],
    });
    acknowledge(this.logs, { S1: 'It receives the access logs: logging itself would never end' });
    const accessLogs = (prefix: string): BucketProps =>
      disposable ? {} : { serverAccessLogsBucket: this.logs, serverAccessLogsPrefix: prefix };

    this.landing = new Bucket(this, 'Landing', {
      ...common,
      versioned: true,
      ...accessLogs('landing/'),
      lifecycleRules: [
        uploads,
        // Old versions stay: a run may be redriven for 14 days, a backfill may ask for more. They only get cheaper.
        {
          id: 'cheaper',
          transitions: [{ storageClass: StorageClass.INTELLIGENT_TIERING, transitionAfter: Duration.days(30) }],
          noncurrentVersionTransitions: [
            { storageClass: StorageClass.INTELLIGENT_TIERING, transitionAfter: Duration.days(30) },
          ],
        },
      ],
    });
    // The construct's `eventBridgeEnabled` would do this by a Lambda-backed custom resource.
    (this.landing.node.defaultChild as CfnBucket).notificationConfiguration = {
      eventBridgeConfiguration: { eventBridgeEnabled: true },
    };
    this.work = new Bucket(this, 'Work', {
      ...common,
      ...accessLogs('work/'),
      lifecycleRules: [
        uploads,
        // A failed run can be redriven for 14 days, so its parts must live longer.
        { id: 'expire-staged', prefix: 'runs/', expiration: Duration.days(STAGED_DAYS) },
        { id: 'expire-backfills', prefix: 'backfills/', expiration: Duration.days(BACKFILL_DAYS) },
        { id: 'expire-attempts', prefix: 'streams/', expiration: Duration.days(ATTEMPT_DAYS) },
        { id: 'expire-counts', prefix: 'counts/', expiration: Duration.days(COUNTS_DAYS) },
        { id: 'expire-quarantine', prefix: 'quarantine/', expiration: Duration.days(QUARANTINE_DAYS) },
      ],
    });
    this.lake = new Bucket(this, 'Lake', {
      ...common,
      ...accessLogs('lake/'),
      lifecycleRules: [
        uploads,
        // The publication of a partition takes the tag off its files first: what is live has none.
        { id: 'expire-unpublished', tagFilters: { stepwell: 'staged' }, expiration: Duration.days(STAGED_DAYS) },
        { id: 'expire-superseded', tagFilters: { stepwell: 'superseded' }, expiration: Duration.days(SUPERSEDED_DAYS) },
      ],
    });
    if (disposable) {
      const data = [this.landing, this.work, this.lake];
      for (const bucket of data)
        acknowledge(bucket, { S1: 'Access logs that come late would keep a trial from being destroyed' });
      new EmptiedBuckets(this, 'Emptied', [...data, this.logs]);
    }
  }
}
