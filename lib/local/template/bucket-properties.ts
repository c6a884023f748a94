/** CloudFormation writes some settings of buckets otherwise than S3's API. Pure. */
import { flag, list, number, type Properties, record } from './resource';

export function bucketEncryption(value: unknown): Properties {
  const rules = list<Properties>(record(value).ServerSideEncryptionConfiguration);
  return {
    Rules: rules.map(({ BucketKeyEnabled, ServerSideEncryptionByDefault }) => ({
      ApplyServerSideEncryptionByDefault: ServerSideEncryptionByDefault,
      BucketKeyEnabled: flag(BucketKeyEnabled) ?? false,
    })),
  };
}

export function bucketLifecycle(value: unknown): Properties {
  return { Rules: list<Properties>(record(value).Rules).map(lifecycleRule) };
}

function lifecycleRule(rule: Properties): Properties {
  const days = number(rule.ExpirationInDays);
  const noncurrent = record(rule.NoncurrentVersionExpiration);
  const noncurrentDays = number(noncurrent.NoncurrentDays ?? rule.NoncurrentVersionExpirationInDays);
  const abort = number(record(rule.AbortIncompleteMultipartUpload).DaysAfterInitiation);
  const marker = flag(rule.ExpiredObjectDeleteMarker);
  const transitions = list<Properties>(rule.Transitions ?? rule.Transition);
  const noncurrentTransitions = list<Properties>(rule.NoncurrentVersionTransitions ?? rule.NoncurrentVersionTransition);
  return defined({
    ID: rule.Id,
    Status: rule.Status,
    Filter: filterOf(rule),
    Expiration:
      days === undefined && rule.ExpirationDate === undefined && marker === undefined
        ? undefined
        : defined({
            Days: days,
            Date: rule.ExpirationDate === undefined ? undefined : new Date(String(rule.ExpirationDate)),
            ExpiredObjectDeleteMarker: marker,
          }),
    NoncurrentVersionExpiration:
      noncurrentDays === undefined
        ? undefined
        : defined({
            NoncurrentDays: noncurrentDays,
            NewerNoncurrentVersions: number(noncurrent.NewerNoncurrentVersions),
          }),
    AbortIncompleteMultipartUpload: abort === undefined ? undefined : { DaysAfterInitiation: abort },
    Transitions:
      transitions.length === 0
        ? undefined
        : transitions.map(({ StorageClass, TransitionInDays }) => ({ StorageClass, Days: number(TransitionInDays) })),
    NoncurrentVersionTransitions:
      noncurrentTransitions.length === 0
        ? undefined
        : noncurrentTransitions.map(({ StorageClass, TransitionInDays }) => ({
            StorageClass,
            NoncurrentDays: number(TransitionInDays),
          })),
  });
}

function filterOf({ Prefix, TagFilters, ObjectSizeGreaterThan, ObjectSizeLessThan }: Properties): Properties {
  const And = defined({
    Prefix,
    Tags: TagFilters === undefined ? undefined : list(TagFilters),
    ObjectSizeGreaterThan: number(ObjectSizeGreaterThan),
    ObjectSizeLessThan: number(ObjectSizeLessThan),
  });
  if (Object.keys(And).length === 0) return { Prefix: '' };
  return Object.keys(And).length === 1 && Prefix !== undefined ? { Prefix } : { And };
}

export function bucketNotifications(value: unknown): Properties {
  const { EventBridgeConfiguration, LambdaConfigurations, QueueConfigurations, TopicConfigurations } = record(value);
  const eventBridge =
    EventBridgeConfiguration !== undefined && flag(record(EventBridgeConfiguration).EventBridgeEnabled) !== false;
  const named = (configurations: unknown, from: string, to: string) =>
    list<Properties>(configurations).map(({ Event, Filter, [from]: arn }) =>
      defined({
        [to]: arn,
        Events: [Event],
        Filter: Filter === undefined ? undefined : { Key: { FilterRules: list(record(record(Filter).S3Key).Rules) } },
      }),
    );
  return {
    ...(eventBridge ? { EventBridgeConfiguration: {} } : {}),
    LambdaFunctionConfigurations: named(LambdaConfigurations, 'Function', 'LambdaFunctionArn'),
    QueueConfigurations: named(QueueConfigurations, 'Queue', 'QueueArn'),
    TopicConfigurations: named(TopicConfigurations, 'Topic', 'TopicArn'),
  };
}

const defined = (properties: Properties): Properties =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));
