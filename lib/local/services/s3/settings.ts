/**
 * A bucket's configurations that are kept and told, as one table: the operations, what is answered where nothing was set, and what is
 * refused. Policies count in IAM, lifecycles expire (lifecycle.ts), notifications are sent (notifications.ts); the others only are told.
 */
import type { CallContext, Operation } from '../../service';
import { applyOwnPolicy } from '../resource-policy';
import { malformedXml, S3Error } from './errors';
import { assertValidLifecycle } from './lifecycle-rules';
import { bucketArn, type S3 } from './objects';
import type { BucketConfig } from './types';

type Value = Readonly<Record<string, unknown>>;

interface Setting {
  /** member of the request that holds it */
  readonly input: string;
  /** member of the answer; without one its fields are the answer's */
  readonly output?: string;
  readonly operations: { readonly put: string; readonly get: string; readonly delete?: string };
  readonly actions: { readonly put: string; readonly get: string; readonly delete?: string };
  /** what a bucket has of which nobody has said anything, or the error that tells so */
  readonly initial?: Value;
  readonly missing?: readonly [code: string, message: string];
  /** Throws for what S3 refuses. */
  readonly validate?: (value: Value, config: BucketConfig) => void;
}

const SETTINGS: Readonly<Record<string, Setting>> = {
  accelerate: {
    input: 'AccelerateConfiguration',
    operations: { put: 'PutBucketAccelerateConfiguration', get: 'GetBucketAccelerateConfiguration' },
    actions: { put: 'PutAccelerateConfiguration', get: 'GetAccelerateConfiguration' },
    initial: {},
  },
  cors: {
    input: 'CORSConfiguration',
    operations: { put: 'PutBucketCors', get: 'GetBucketCors', delete: 'DeleteBucketCors' },
    actions: { put: 'PutBucketCORS', get: 'GetBucketCORS' },
    missing: ['NoSuchCORSConfiguration', 'The CORS configuration does not exist'],
    validate: ({ CORSRules }) => assertRules(CORSRules),
  },
  encryption: {
    input: 'ServerSideEncryptionConfiguration',
    output: 'ServerSideEncryptionConfiguration',
    operations: { put: 'PutBucketEncryption', get: 'GetBucketEncryption', delete: 'DeleteBucketEncryption' },
    actions: { put: 'PutEncryptionConfiguration', get: 'GetEncryptionConfiguration' },
    initial: {
      Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false }],
    },
    validate: ({ Rules }) => assertRules(Rules),
  },
  lifecycle: {
    input: 'LifecycleConfiguration',
    operations: {
      put: 'PutBucketLifecycleConfiguration',
      get: 'GetBucketLifecycleConfiguration',
      delete: 'DeleteBucketLifecycle',
    },
    actions: { put: 'PutLifecycleConfiguration', get: 'GetLifecycleConfiguration' },
    missing: ['NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist'],
    validate: assertValidLifecycle,
  },
  logging: {
    input: 'BucketLoggingStatus',
    operations: { put: 'PutBucketLogging', get: 'GetBucketLogging' },
    actions: { put: 'PutBucketLogging', get: 'GetBucketLogging' },
    initial: {},
  },
  ownership: {
    input: 'OwnershipControls',
    output: 'OwnershipControls',
    operations: {
      put: 'PutBucketOwnershipControls',
      get: 'GetBucketOwnershipControls',
      delete: 'DeleteBucketOwnershipControls',
    },
    actions: { put: 'PutBucketOwnershipControls', get: 'GetBucketOwnershipControls' },
    initial: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    missing: ['OwnershipControlsNotFoundError', 'The bucket ownership controls were not found'],
    validate: ({ Rules }) => assertRules(Rules),
  },
  publicAccess: {
    input: 'PublicAccessBlockConfiguration',
    output: 'PublicAccessBlockConfiguration',
    operations: { put: 'PutPublicAccessBlock', get: 'GetPublicAccessBlock', delete: 'DeletePublicAccessBlock' },
    actions: { put: 'PutBucketPublicAccessBlock', get: 'GetBucketPublicAccessBlock' },
    initial: { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true },
    missing: ['NoSuchPublicAccessBlockConfiguration', 'The public access block configuration was not found'],
  },
  replication: {
    input: 'ReplicationConfiguration',
    output: 'ReplicationConfiguration',
    operations: { put: 'PutBucketReplication', get: 'GetBucketReplication', delete: 'DeleteBucketReplication' },
    actions: { put: 'PutReplicationConfiguration', get: 'GetReplicationConfiguration' },
    missing: ['ReplicationConfigurationNotFoundError', 'The replication configuration was not found'],
    validate: () => {
      throw new S3Error('NotImplemented', 'The local S3 does not replicate.', 501);
    },
  },
  requestPayment: {
    input: 'RequestPaymentConfiguration',
    operations: { put: 'PutBucketRequestPayment', get: 'GetBucketRequestPayment' },
    actions: { put: 'PutBucketRequestPayment', get: 'GetBucketRequestPayment' },
    initial: { Payer: 'BucketOwner' },
  },
  tagging: {
    input: 'Tagging',
    operations: { put: 'PutBucketTagging', get: 'GetBucketTagging', delete: 'DeleteBucketTagging' },
    actions: { put: 'PutBucketTagging', get: 'GetBucketTagging' },
    missing: ['NoSuchTagSet', 'The TagSet does not exist'],
    validate: assertValidTags,
  },
  website: {
    input: 'WebsiteConfiguration',
    operations: { put: 'PutBucketWebsite', get: 'GetBucketWebsite', delete: 'DeleteBucketWebsite' },
    actions: { put: 'PutBucketWebsite', get: 'GetBucketWebsite', delete: 'DeleteBucketWebsite' },
    missing: ['NoSuchWebsiteConfiguration', 'The specified bucket does not have a website configuration'],
  },
};

export function settingOperations(s3: S3): Record<string, Operation> {
  return Object.fromEntries(Object.entries(SETTINGS).flatMap(([name, setting]) => operationsOf(s3, name, setting)));
}

/** What the bucket is set to, or what all buckets are. */
export function settingOf(config: BucketConfig, name: string): Value | undefined {
  const value = config.settings?.[name];
  if (value === undefined) return SETTINGS[name]?.initial;
  return value === null || typeof value === 'string' ? undefined : value;
}

function operationsOf(s3: S3, name: string, setting: Setting): [string, Operation][] {
  const { operations, actions } = setting;
  const operation = (
    action: string,
    handle: (config: BucketConfig, input: Readonly<Record<string, unknown>>) => unknown,
  ): Operation => ({
    authorize: ({ Bucket }) => [{ action: `s3:${action}`, resource: bucketArn(Bucket) }],
    handle: async (input) => handle(s3.store.bucket(input.Bucket).config, input),
  });
  const found: [string, Operation][] = [
    [
      operations.get,
      operation(actions.get, (config) => {
        const value = settingOf(config, name);
        if (value === undefined) {
          const [code = 'NoSuchConfiguration', message = ''] = setting.missing ?? [];
          throw new S3Error(code, message, 404, { BucketName: config.name });
        }
        const revived = reviveDates(value);
        return setting.output ? { [setting.output]: revived } : revived;
      }),
    ],
    [
      operations.put,
      operation(actions.put, async (config, input) => {
        const value = input[setting.input] as Value | undefined;
        if (value === undefined) throw malformedXml();
        setting.validate?.(value, config);
        await saveSetting(s3, config.name, name, value);
        return name === 'lifecycle' ? { TransitionDefaultMinimumObjectSize: 'all_storage_classes_128K' } : {};
      }),
    ],
  ];
  if (operations.delete !== undefined) {
    found.push([
      operations.delete,
      operation(actions.delete ?? actions.put, async (config) => {
        // What has a default and an error goes to the error once it was deleted; the rest back to its default.
        await saveSetting(s3, config.name, name, setting.initial && setting.missing ? null : undefined);
        return {};
      }),
    ]);
  }
  return found;
}

async function saveSetting(s3: S3, bucket: string, name: string, value: unknown): Promise<void> {
  const { config } = s3.store.bucket(bucket);
  const settings = { ...config.settings, [name]: JSON.parse(JSON.stringify(value ?? null)) };
  if (value === undefined) delete settings[name];
  await s3.store.commit({ do: 'bucket', bucket: { ...config, settings } });
}

const saved = (config: BucketConfig): string | undefined => config.settings?.policy as string | undefined;

/** The bucket's policy, which IAM evaluates. */
export function policyOperations(s3: S3): Record<string, Operation> {
  const on =
    (action: string): Operation['authorize'] =>
    ({ Bucket }) => [{ action: `s3:${action}`, resource: bucketArn(Bucket) }];
  const policyOf = (name: string): string => {
    const policy = saved(s3.store.bucket(name).config);
    if (policy !== undefined) return policy;
    throw new S3Error('NoSuchBucketPolicy', 'The bucket policy does not exist', 404, { BucketName: name });
  };
  return {
    GetBucketPolicy: {
      authorize: on('GetBucketPolicy'),
      handle: async ({ Bucket }) => ({ Policy: policyOf(Bucket) }),
    },
    GetBucketPolicyStatus: {
      authorize: on('GetBucketPolicyStatus'),
      handle: async ({ Bucket }) => ({ PolicyStatus: { IsPublic: isPublic(policyOf(Bucket)) } }),
    },
    PutBucketPolicy: {
      authorize: on('PutBucketPolicy'),
      async handle({ Bucket, Policy }) {
        const { config } = s3.store.bucket(Bucket);
        assertValidPolicy(Policy, config);
        await saveSetting(s3, Bucket, 'policy', Policy);
        applyOwnPolicy(s3.policies, bucketArn(Bucket), Policy);
        return {};
      },
    },
    DeleteBucketPolicy: {
      authorize: on('DeleteBucketPolicy'),
      async handle({ Bucket }) {
        s3.store.bucket(Bucket);
        await saveSetting(s3, Bucket, 'policy', undefined);
        applyOwnPolicy(s3.policies, bucketArn(Bucket), undefined);
        return {};
      },
    },
  };
}

/** Policies that were put before the last restart. */
export function applyBucketPolicies(s3: S3): void {
  for (const { config } of s3.store.buckets.values()) {
    const policy = saved(config);
    if (policy) applyOwnPolicy(s3.policies, bucketArn(config.name), policy);
  }
}

interface Statement {
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly Condition?: object;
  readonly Resource?: string | readonly string[];
}

const statementsOf = (policy: string): readonly Statement[] => [JSON.parse(policy).Statement].flat();

const isPublic = (policy: string): boolean =>
  statementsOf(policy).some(
    ({ Effect, Principal, Condition }) =>
      Effect === 'Allow' && !Condition && JSON.stringify(Principal ?? '').includes('"*"'),
  );

function assertValidPolicy(policy: unknown, config: BucketConfig): void {
  const malformed = (message: string) => new S3Error('MalformedPolicy', message, 400);
  let statements: readonly Statement[];
  try {
    statements = statementsOf(String(policy));
  } catch {
    throw malformed("Policies must be valid JSON and the first byte must be '{'");
  }
  if (statements.some((statement) => typeof statement !== 'object' || statement === null))
    throw malformed('Missing required field Statement');
  if (statements.some(({ Principal }) => Principal === undefined)) throw malformed('Missing required field Principal');
  const own = bucketArn(config.name);
  const isOwn = (resource: string) =>
    resource === own || resource.startsWith(`${own}/`) || resource.startsWith(`${own}*`);
  if (statements.some(({ Resource }) => ![Resource ?? ''].flat().every((resource) => isOwn(String(resource)))))
    throw malformed('Policy has invalid resource');
  const block = settingOf(config, 'publicAccess');
  if (block?.BlockPublicPolicy === true && isPublic(String(policy))) {
    throw new S3Error(
      'AccessDenied',
      `User: anonymous is not authorized to perform: s3:PutBucketPolicy on resource: "${own}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
      403,
    );
  }
}

function assertRules(rules: unknown): void {
  if (!Array.isArray(rules) || rules.length === 0) throw malformedXml();
}

const MAX_TAGS = 50;

function assertValidTags({ TagSet }: Value): void {
  const tags = (TagSet ?? []) as readonly { readonly Key?: string; readonly Value?: string }[];
  if (tags.length > MAX_TAGS) throw new S3Error('BadRequest', 'Bucket tag count cannot be greater than 50', 400);
  if (new Set(tags.map(({ Key }) => Key)).size < tags.length)
    throw new S3Error('InvalidTag', 'Cannot provide multiple Tags with the same key', 400);
  for (const { Key = '', Value = '' } of tags) {
    if (Key === '' || Key.length > 128) throw new S3Error('InvalidTag', 'The TagKey you have provided is invalid', 400);
    if (Value.length > 256) throw new S3Error('InvalidTag', 'The TagValue you have provided is invalid', 400);
    if (Key.startsWith('aws:'))
      throw new S3Error('InvalidTag', 'System tags cannot be added/updated by requester', 400);
  }
}

/** The dates of a lifecycle come back from JSON as text. */
function reviveDates(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reviveDates);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, key === 'Date' ? new Date(String(item)) : reviveDates(item)]),
  );
}

export const ownerOf = ({ cloud }: CallContext) => ({ ID: cloud.account, DisplayName: 'local' });
