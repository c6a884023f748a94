/** Condition keys that are members of the request: which member of which service's input gives which key. */
import type { ApiCall } from '../service';

type Keys = Record<string, string | readonly string[]>;

/** By the service's signing name: input member → condition key. */
const MEMBERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  s3: {
    ACL: 's3:x-amz-acl',
    CopySource: 's3:x-amz-copy-source',
    Delimiter: 's3:delimiter',
    GrantFullControl: 's3:x-amz-grant-full-control',
    GrantRead: 's3:x-amz-grant-read',
    GrantWrite: 's3:x-amz-grant-write',
    IfMatch: 's3:if-match',
    IfNoneMatch: 's3:if-none-match',
    MaxKeys: 's3:max-keys',
    MetadataDirective: 's3:x-amz-metadata-directive',
    Prefix: 's3:prefix',
    SSEKMSKeyId: 's3:x-amz-server-side-encryption-aws-kms-key-id',
    ServerSideEncryption: 's3:x-amz-server-side-encryption',
    StorageClass: 's3:x-amz-storage-class',
    VersionId: 's3:VersionId',
  },
  dynamodb: { ReturnValues: 'dynamodb:ReturnValues', Select: 'dynamodb:Select' },
  lambda: { EventSourceArn: 'lambda:EventSourceArn', Layers: 'lambda:Layer', Principal: 'lambda:Principal' },
  secretsmanager: {
    Name: 'secretsmanager:Name',
    SecretId: 'secretsmanager:SecretId',
    VersionId: 'secretsmanager:VersionId',
    VersionStage: 'secretsmanager:VersionStage',
  },
  sns: { Endpoint: 'sns:Endpoint', Protocol: 'sns:Protocol' },
  sts: {
    ExternalId: 'sts:ExternalId',
    RoleSessionName: 'sts:RoleSessionName',
    SourceIdentity: 'sts:SourceIdentity',
    TransitiveTagKeys: 'sts:TransitiveTagKeys',
  },
};

export function inputKeys({ service, input }: ApiCall): Keys {
  if (typeof input !== 'object' || input === null) return {};
  const members = input as Readonly<Record<string, unknown>>;
  const keys: Keys = {};
  for (const [member, key] of Object.entries(MEMBERS[service] ?? {})) {
    const value = textOf(members[member]);
    if (value !== undefined) keys[key] = value;
  }
  const tags = tagsOf(members.Tags ?? members.tags ?? members.Tagging);
  const tagKeys = [...Object.keys(tags), ...listOfText(members.TagKeys ?? members.tagKeys ?? members.TagKeyList)];
  for (const [tag, value] of Object.entries(tags)) {
    keys[`aws:RequestTag/${tag}`] = value;
    if (service === 's3') keys[`s3:RequestObjectTag/${tag}`] = value;
  }
  if (tagKeys.length > 0) keys['aws:TagKeys'] = tagKeys;
  if (service === 's3' && Object.keys(tags).length > 0) keys['s3:RequestObjectTagKeys'] = Object.keys(tags);
  if (service === 'events') Object.assign(keys, eventKeys(members));
  return keys;
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html */
function eventKeys({ Entries, Targets }: Readonly<Record<string, unknown>>): Keys {
  const of = (items: unknown, member: string): string[] => [
    ...new Set(
      (Array.isArray(items) ? items : []).flatMap((item) => {
        const value = (item as Record<string, unknown> | null)?.[member];
        return typeof value === 'string' ? [value] : [];
      }),
    ),
  ];
  const sets = {
    'events:source': of(Entries, 'Source'),
    'events:detail-type': of(Entries, 'DetailType'),
    'events:TargetArn': of(Targets, 'Arn'),
  };
  return Object.fromEntries(Object.entries(sets).filter(([, values]) => values.length > 0));
}

/** A list of `{Key, Value}`, a map, or S3's `a=1&b=2`. */
function tagsOf(given: unknown): Record<string, string> {
  if (typeof given === 'string') return Object.fromEntries(new URLSearchParams(given));
  if (typeof given !== 'object' || given === null) return {};
  const list = Array.isArray(given) ? given : (given as { TagSet?: unknown }).TagSet;
  if (Array.isArray(list))
    return Object.fromEntries(
      list.flatMap((tag: Record<string, unknown> | null) => {
        const key = tag?.Key ?? tag?.key;
        return typeof key === 'string' ? [[key, String(tag?.Value ?? tag?.value ?? '')]] : [];
      }),
    );
  return Object.fromEntries(
    Object.entries(given).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
  );
}

function textOf(value: unknown): string | readonly string[] | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (!Array.isArray(value)) return undefined;
  return listOfText(value);
}

const listOfText = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
