/** deploy/execution-policies.yaml against what CloudFormation's schemas say that it needs for each resource type in the templates. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { PROJECT_ROOT } from '../../lib/constructs/cache';
import { removeAssemblies, type Synthesized } from './assembly';
import { synthesizeEveryShape } from './every-shape';
import handlers from './handler-permissions.json';

interface Statement {
  readonly Sid: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}
interface Policies {
  readonly Resources: Readonly<
    Record<string, { readonly Properties: { readonly PolicyDocument: { Statement: Statement[] } } }>
  >;
}

/** Of options of a resource that no template uses: what it would be for. */
const NOT_USED: readonly (readonly [actions: RegExp, reason: string])[] = [
  [
    /^kms:(?!DescribeKey|CreateGrant|Decrypt|Encrypt|GenerateDataKey$)|^kms:GenerateDataKeyPair/,
    'keys of our own: all use those of AWS',
  ],
  [/^s3tables:|Metadata|^s3:(Put|Get|Update)BucketAbac$/, 'S3 tables and metadata tables of buckets'],
  [
    /^s3:(PutObject|DeleteObject|ListBucket|PutObjectAcl|PutObjectLockConfiguration|GetObjectMetadata|REST\.PUT\.OBJECT)$/,
    'objects: imports of tables, lock configurations',
  ],
  [/^elasticfilesystem:|^s3files:|^lambda:PassCapacityProvider$/, 'file systems and capacity providers of functions'],
  [
    /^firehose:|^kinesis:(DescribeStream|PutRecords)$|^autoscaling:|^vpc-lattice:|^vpce:|^lakeformation:/,
    'targets that nothing sends to',
  ],
  [
    /^logs:(PutBearerTokenAuthentication|(Put|Delete)ResourcePolicy|CreateLogStream|PutLogEvents)$/,
    'policies of log groups, logs of imports',
  ],
  [
    /^dynamodb:(BatchWriteItem|DeleteItem|GetItem|PutItem|Query|Scan|UpdateItem|ImportTable|.*Replica|.*KinesisStreamingDestination|(Put|Delete)ResourcePolicy)$/,
    'replicas, imports and streams of tables',
  ],
  [/^cassandra:(Modify|.*MultiRegionResource)$/, 'rows of Keyspaces, and keyspaces of several regions'],
  [/^application-autoscaling:|^cloudwatch:GetMetricData$/, 'tables of Keyspaces with capacity that scales'],
  [/^glue:.*Connection$/, 'connections of the catalog'],
  [
    /^redshift(-serverless)?:(.*SnapshotCopyConfiguration|RestoreFrom.*|PutResourcePolicy|DeleteResourcePolicy)$/,
    'snapshots that are copied or restored',
  ],
  [
    /^ec2:(.*SubnetCidrBlock|CreateVpcEncryptionControl|ModifyVpcTenancy)$/,
    'IPv6, encryption controls and tenancy of the network',
  ],
  [/^(sso|ecr):|^ec2:CreateNetworkInterface$/, 'users, images and networks of applications that run Spark'],
  [/^iam:(GetRole|ListRoles)$/, 'roles of AWS, which it looks up by itself'],
];

const asList = (value: string | readonly string[]): readonly string[] => (typeof value === 'string' ? [value] : value);
const matches = (pattern: string, action: string) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 'i').test(action);

const template = parse(readFileSync(join(PROJECT_ROOT, 'deploy/execution-policies.yaml'), 'utf8')) as Policies;
const documents = Object.values(template.Resources).map(({ Properties }) => Properties.PolicyDocument);
const allowed = documents.flatMap(({ Statement }) => Statement.flatMap(({ Action }) => asList(Action)));
const isAllowed = (action: string) => allowed.some((pattern) => matches(pattern, action));

let synthesized: Synthesized[];
let types: string[];
beforeAll(async () => {
  synthesized = await synthesizeEveryShape();
  const found = synthesized.flatMap(({ app }) =>
    app
      .synth()
      .stacks.flatMap(({ template: { Resources } }) =>
        Object.values(Resources as Record<string, { Type: string }>).map(({ Type }) => Type),
      ),
  );
  types = [...new Set(found)].filter((type) => type.startsWith('AWS::') && type !== 'AWS::CDK::Metadata').sort();
});
afterAll(removeAssemblies);

test('each resource type in the templates has its permissions written down, from its schema', () => {
  expect(types.length).toBeGreaterThan(30);
  expect(types.filter((type) => !(type in handlers.types))).toEqual([]);
});

test('the policies allow all that CloudFormation needs for each, but for what a named option of it would need', () => {
  const missing = types.flatMap((type) =>
    (handlers.types as Record<string, string[]>)
      [type]!.filter((action) => !isAllowed(action) && !NOT_USED.some(([pattern]) => pattern.test(action)))
      .map((action) => `${type}: ${action}`),
  );

  expect(missing).toEqual([]);
});

test('they allow nothing of a service that no template uses', () => {
  const needed = new Set(
    types.flatMap((type) => (handlers.types as Record<string, string[]>)[type]!.map((one) => one.split(':')[0])),
  );
  const others = [...new Set(allowed.map((one) => one.split(':')[0]!))].filter((service) => !needed.has(service));

  // The version of the bootstrap is a parameter of each template; a Slack channel is an option of a pipeline.
  expect(others.filter((service) => service !== 'chatbot')).toEqual(['ssm']);
});

test('whoever deploys makes no user, and passes no role but those of Stepwell to services', () => {
  expect(
    allowed.filter((action) => /^(iam|sts|organizations):/.test(action) && /User|Group|AccessKey|\*$/.test(action)),
  ).toEqual([]);
  for (const { Statement } of documents) {
    for (const { Sid, Action, Resource } of Statement) {
      if (asList(Action).some((action) => action.startsWith('iam:')))
        expect([Sid, JSON.stringify(Resource)]).toEqual([Sid, expect.not.stringMatching(/"\*"|:role\/\*/)]);
    }
  }
});

test('each fits into a managed policy, of 6,144 characters', () => {
  for (const document of documents)
    expect(JSON.stringify(document).replaceAll(/\$\{\S+?\}/g, '111122223333').length).toBeLessThan(6144);
});
