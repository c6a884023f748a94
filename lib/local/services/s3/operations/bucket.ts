/** The operations on buckets, each a line or two over `buckets.ts`. */
import { randomUUID } from 'node:crypto';
import type {
  CreateBucketOutput,
  CreateBucketRequest,
  DeleteBucketRequest,
  GetBucketLocationOutput,
  GetBucketLocationRequest,
  GetBucketNotificationConfigurationRequest,
  GetBucketVersioningOutput,
  GetBucketVersioningRequest,
  HeadBucketOutput,
  HeadBucketRequest,
  ListBucketsOutput,
  ListBucketsRequest,
  NotificationConfiguration,
  PutBucketNotificationConfigurationRequest,
  PutBucketVersioningRequest,
} from '@aws-sdk/client-s3';
import type { Operation } from '../../../service';
import { configureBucket, removeBucket, setVersioning } from '../buckets';
import { fromToken, toToken } from '../list-query';
import { destinationsOf, testDestinations } from '../notifications';
import { bucketArn, type S3Operation } from '../objects';

const MAX_BUCKETS = 10_000;

const onBucket =
  (action: string): Operation['authorize'] =>
  ({ Bucket }: { Bucket?: string }) => [{ action, resource: bucketArn(Bucket) }];

export const createBucket: S3Operation<CreateBucketRequest, CreateBucketOutput> = (s3) => ({
  authorize: onBucket('s3:CreateBucket'),
  async handle({ Bucket = '' }, context) {
    // In us-east-1 AWS answers the owner's second CreateBucket like the first.
    await configureBucket(s3, Bucket, {}, context.cloud.clock.now());
    return { Location: `/${Bucket}`, BucketArn: bucketArn(Bucket) };
  },
});

export const deleteBucket: S3Operation<DeleteBucketRequest, object> = (s3) => ({
  authorize: onBucket('s3:DeleteBucket'),
  async handle({ Bucket = '' }) {
    await removeBucket(s3, Bucket);
    return {};
  },
});

export const headBucket: S3Operation<HeadBucketRequest, HeadBucketOutput> = (s3) => ({
  authorize: onBucket('s3:ListBucket'),
  async handle({ Bucket = '' }, context) {
    s3.store.bucket(Bucket);
    return { BucketRegion: context.cloud.region, BucketArn: bucketArn(Bucket), AccessPointAlias: false };
  },
});

export const listBuckets: S3Operation<ListBucketsRequest, ListBucketsOutput> = (s3) => ({
  authorize: () => [{ action: 's3:ListAllMyBuckets', resource: '*' }],
  async handle({ Prefix, ContinuationToken, MaxBuckets = MAX_BUCKETS }, context) {
    const after = ContinuationToken === undefined ? '' : fromToken(ContinuationToken);
    const all = [...s3.store.buckets.values()]
      .map(({ config }) => config)
      .filter(({ name }) => name > after && name.startsWith(Prefix ?? ''))
      .sort((left, right) => (left.name < right.name ? -1 : 1));
    const page = all.slice(0, MaxBuckets);
    const last = page.length < all.length ? page.at(-1) : undefined;
    return {
      Buckets: page.map(({ name, createdAt }) => ({ Name: name, CreationDate: new Date(createdAt) })),
      Owner: { ID: context.cloud.account, DisplayName: 'local' },
      ...(Prefix !== undefined && { Prefix }),
      ...(last && { ContinuationToken: toToken(last.name) }),
    };
  },
});

export const getBucketLocation: S3Operation<GetBucketLocationRequest, GetBucketLocationOutput> = (s3) => ({
  authorize: onBucket('s3:GetBucketLocation'),
  async handle({ Bucket = '' }, context) {
    s3.store.bucket(Bucket);
    const { region } = context.cloud;
    // us-east-1 is told by an empty element.
    return region === 'us-east-1'
      ? {}
      : { LocationConstraint: region as GetBucketLocationOutput['LocationConstraint'] };
  },
});

export const getBucketVersioning: S3Operation<GetBucketVersioningRequest, GetBucketVersioningOutput> = (s3) => ({
  authorize: onBucket('s3:GetBucketVersioning'),
  async handle({ Bucket = '' }) {
    const { versioning } = s3.store.bucket(Bucket).config;
    return versioning === 'Disabled' ? {} : { Status: versioning };
  },
});

export const putBucketVersioning: S3Operation<PutBucketVersioningRequest, object> = (s3) => ({
  authorize: onBucket('s3:PutBucketVersioning'),
  async handle({ Bucket = '', VersioningConfiguration }) {
    await setVersioning(s3, Bucket, VersioningConfiguration?.Status);
    return {};
  },
});

export const getBucketNotificationConfiguration: S3Operation<
  GetBucketNotificationConfigurationRequest,
  NotificationConfiguration
> = (s3) => ({
  authorize: onBucket('s3:GetBucketNotification'),
  async handle({ Bucket = '' }) {
    const { eventBridge, notifications } = s3.store.bucket(Bucket).config;
    return { ...notifications, ...(eventBridge && { EventBridgeConfiguration: {} }) };
  },
});

export const putBucketNotificationConfiguration: S3Operation<PutBucketNotificationConfigurationRequest, object> = (
  s3,
) => ({
  authorize: onBucket('s3:PutBucketNotification'),
  async handle({ Bucket = '', NotificationConfiguration, SkipDestinationValidation }, context) {
    const { config } = s3.store.bucket(Bucket);
    const { EventBridgeConfiguration, ...told } = NotificationConfiguration ?? {};
    const notifications = withIds(told);
    if (!SkipDestinationValidation) await testDestinations(context.cloud, Bucket, notifications);
    const { notifications: _, ...others } = config;
    const bucket = {
      ...others,
      eventBridge: EventBridgeConfiguration !== undefined,
      ...(destinationsOf(notifications).length > 0 && { notifications }),
    };
    if (JSON.stringify(bucket) !== JSON.stringify(config)) await s3.store.commit({ do: 'bucket', bucket });
    return {};
  },
});

/** A configuration that was given no name gets one. */
function withIds(configuration: NotificationConfiguration): NotificationConfiguration {
  const named = <T extends { Id?: string | undefined }>(list: readonly T[] | undefined): T[] | undefined =>
    list?.map((one) => ({ ...one, Id: one.Id ?? randomUUID() }));
  const { LambdaFunctionConfigurations, QueueConfigurations, TopicConfigurations } = configuration;
  return {
    ...(LambdaFunctionConfigurations && { LambdaFunctionConfigurations: named(LambdaFunctionConfigurations) }),
    ...(QueueConfigurations && { QueueConfigurations: named(QueueConfigurations) }),
    ...(TopicConfigurations && { TopicConfigurations: named(TopicConfigurations) }),
  };
}
