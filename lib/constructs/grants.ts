/** The pipeline's terms for what a function may do, as IAM statements: the least that AWS can express for each. */
import { Aws } from 'aws-cdk-lib/core';
import type { BucketName, Grant } from '../compiler/types';
import { executionArns, gatherTimerArn, logGroupName, mapRunArns, sourceSecretName, stateMachineArn } from './names';
import type { Permission } from './permission';

/** What the grants are about, as ARNs. */
export interface GrantTargets {
  readonly pipeline: string;
  readonly buckets: Readonly<Record<BucketName, string>>;
  readonly ledgerTable: string;
  readonly alertsTopic: string;
  readonly slackTopic?: string;
  /** the on-failure queue of its stream */
  readonly givenUp?: string;
  readonly redshift?: { readonly statementRole: string };
  readonly postgres?: { readonly cluster: string; readonly secret: string };
  /** ARN of the application */
  readonly spark?: string;
}

export function permissionsFor(grants: readonly Grant[], targets: GrantTargets): Permission[] {
  return grants.flatMap((grant) => permissions(grant, targets));
}

function permissions(grant: Grant, targets: GrantTargets): Permission[] {
  switch (grant.grant) {
    case 'readObjects':
      return [
        objects(grant, targets, ['s3:GetObject', ...(grant.bucket === 'landing' ? ['s3:GetObjectVersion'] : [])]),
      ];
    case 'listObjects':
      return [
        {
          statement: {
            actions: ['s3:ListBucketVersions'],
            resources: [targets.buckets[grant.bucket]],
            conditions: { StringLike: { 's3:prefix': [...grant.prefixes] } },
          },
        },
      ];
    case 'writeObjects':
      return [objects(grant, targets, ['s3:PutObject', 's3:AbortMultipartUpload'])];
    case 'tagObjects':
      return [
        objects(grant, targets, ['s3:PutObjectTagging', 's3:DeleteObjectTagging']),
        {
          statement: {
            actions: ['s3:ListBucket'],
            resources: [targets.buckets[grant.bucket]],
            conditions: { StringLike: { 's3:prefix': [...grant.paths] } },
          },
        },
      ];
    case 'queueObjects':
      return [
        objects({ bucket: grant.bucket, paths: [grant.path] }, targets, [
          's3:GetObject',
          's3:PutObject',
          's3:DeleteObject',
        ]),
        {
          statement: {
            actions: ['s3:ListBucket'],
            resources: [targets.buckets[grant.bucket]],
            conditions: { StringLike: { 's3:prefix': [grant.path] } },
          },
        },
      ];
    case 'ledger':
      return [
        {
          statement: {
            actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:Query'],
            resources: [targets.ledgerTable],
            conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...grant.keys] } },
          },
        },
      ];
    case 'ledgerBatches':
      return [
        {
          statement: {
            actions: ['dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem'],
            resources: [targets.ledgerTable],
            conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...grant.keys] } },
          },
        },
      ];
    case 'readLedger':
      return [
        {
          statement: {
            actions: ['dynamodb:GetItem', 'dynamodb:Query'],
            resources: [targets.ledgerTable],
            conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...grant.keys] } },
          },
        },
      ];
    case 'redshift':
      return [assumeRole(required(targets.redshift, grant).statementRole)];
    case 'postgres':
      return postgres(required(targets.postgres, grant));
    case 'completeTasks':
      return [
        {
          statement: {
            actions: ['states:SendTaskSuccess', 'states:SendTaskFailure'],
            resources: [stateMachineArn(targets.pipeline)],
          },
        },
      ];
    case 'startRuns':
      return [
        {
          statement: {
            actions: ['states:StartExecution', 'states:DescribeStateMachine'],
            resources: [stateMachineArn(targets.pipeline)],
          },
        },
      ];
    case 'turns':
      return [
        {
          statement: {
            actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem', 'dynamodb:Query'],
            resources: [targets.ledgerTable],
            conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [`turn#${targets.pipeline}`] } },
          },
        },
      ];
    case 'readLogs':
      return [
        {
          statement: {
            actions: ['logs:FilterLogEvents'],
            resources: [
              `arn:${Aws.PARTITION}:logs:${Aws.REGION}:${Aws.ACCOUNT_ID}:log-group:${logGroupName(targets.pipeline, '*')}`,
            ],
          },
          wildcard: "The log groups of the pipeline's own functions",
        },
      ];
    case 'startGathered':
      return [
        {
          statement: {
            actions: ['states:StartExecution'],
            resources: [stateMachineArn(targets.pipeline), gatherTimerArn(targets.pipeline)],
          },
        },
      ];
    case 'readExecutions':
      return [
        {
          statement: {
            actions: ['states:DescribeExecution', 'states:GetExecutionHistory'],
            resources: [executionArns(targets.pipeline)],
          },
          wildcard: "The pipeline's executions, past and to come",
        },
      ];
    case 'listExecutions':
      return [
        {
          statement: {
            actions: ['states:ListExecutions'],
            resources: [stateMachineArn(grant.of ?? targets.pipeline)],
          },
        },
      ];
    case 'readChildren':
      return [
        {
          statement: { actions: ['states:ListExecutions'], resources: [mapRunArns(targets.pipeline)] },
          wildcard: "The pipeline's Map Runs, past and to come",
        },
        {
          statement: { actions: ['states:DescribeExecution'], resources: [executionArns(`${targets.pipeline}/*`)] },
          wildcard: "The children of the pipeline's Map Runs, past and to come",
        },
      ];
    case 'glueTable':
      return [glueTable(grant.database, grant.table)];
    case 'readSecrets':
      return [
        {
          statement: { actions: ['secretsmanager:GetSecretValue'], resources: grant.names.map(secretArns) },
          wildcard: 'Secrets Manager ends the ARN of each secret in six characters of its own',
        },
      ];
    case 'scanTable':
      return [
        {
          statement: {
            actions: ['dynamodb:Scan', 'dynamodb:DescribeTable'],
            resources: [`arn:${Aws.PARTITION}:dynamodb:${Aws.REGION}:${Aws.ACCOUNT_ID}:table/${grant.table}`],
          },
        },
      ];
    case 'writeTable':
      return [
        {
          statement: {
            actions: ['dynamodb:PutItem', 'dynamodb:DeleteItem', 'dynamodb:Scan'],
            resources: [`arn:${Aws.PARTITION}:dynamodb:${Aws.REGION}:${Aws.ACCOUNT_ID}:table/${grant.table}`],
          },
        },
      ];
    case 'writeKeyspace': {
      const arn = `arn:${Aws.PARTITION}:cassandra:${Aws.REGION}:${Aws.ACCOUNT_ID}:/keyspace`;
      return [
        {
          statement: {
            actions: ['cassandra:Select', 'cassandra:Modify'],
            resources: [`${arn}/${grant.keyspace}/table/${grant.table}`],
          },
        },
        {
          // A driver asks them which nodes there are before anything else.
          statement: { actions: ['cassandra:Select'], resources: [`${arn}/system*`] },
          wildcard: "Cassandra's own tables, which name the nodes",
        },
      ];
    }
    case 'putItems':
      return [
        {
          statement: {
            actions: ['dynamodb:PutItem'],
            resources: [`arn:${Aws.PARTITION}:dynamodb:${Aws.REGION}:${Aws.ACCOUNT_ID}:table/${grant.table}`],
          },
        },
      ];
    case 'readStream':
      return [
        {
          statement: {
            actions: [
              'kinesis:DescribeStream',
              'kinesis:DescribeStreamSummary',
              'kinesis:ListShards',
              'kinesis:GetShardIterator',
              'kinesis:GetRecords',
            ],
            resources: [streamArn(grant.stream)],
          },
        },
      ];
    case 'readSchemaVersions':
      return [
        {
          statement: { actions: ['glue:GetSchemaVersion'], resources: ['*'] },
          wildcard: 'By the id in a record it is not known whose version it is',
        },
      ];
    case 'findSchemaVersion': {
      const glue = `arn:${Aws.PARTITION}:glue:${Aws.REGION}:${Aws.ACCOUNT_ID}`;
      const resources = [`${glue}:registry/${grant.registry}`, `${glue}:schema/${grant.registry}/${grant.name}`];
      return [{ statement: { actions: ['glue:GetSchemaByDefinition'], resources } }];
    }
    case 'putRecords':
      return [{ statement: { actions: ['kinesis:PutRecords'], resources: [streamArn(grant.stream)] } }];
    case 'tellOfGivenUp':
      return [{ statement: { actions: ['sqs:SendMessage'], resources: [required(targets.givenUp, grant)] } }];
    case 'countGivenUp':
      return [{ statement: { actions: ['sqs:GetQueueAttributes'], resources: [required(targets.givenUp, grant)] } }];
    case 'describeJobs':
      return [
        {
          statement: {
            actions: ['emr-serverless:GetJobRun'],
            resources: [`${required(targets.spark, grant)}/jobruns/*`],
          },
          wildcard: 'Job runs of its own application: nobody knows their ids before',
        },
      ];
    case 'publishAlerts':
      return [{ statement: { actions: ['sns:Publish'], resources: [targets.alertsTopic] } }];
    case 'publishToSlack':
      return [{ statement: { actions: ['sns:Publish'], resources: [targets.slackTopic!] } }];
  }
}

const streamArn = (name: string): string =>
  `arn:${Aws.PARTITION}:kinesis:${Aws.REGION}:${Aws.ACCOUNT_ID}:stream/${name}`;

const secretArns = (name: string): string =>
  `arn:${Aws.PARTITION}:secretsmanager:${Aws.REGION}:${Aws.ACCOUNT_ID}:secret:${sourceSecretName(name)}-??????`;

function objects(
  { bucket, paths }: Pick<Extract<Grant, { paths: readonly string[] }>, 'bucket' | 'paths'>,
  targets: GrantTargets,
  actions: string[],
): Permission {
  return {
    statement: { actions, resources: paths.map((path) => `${targets.buckets[bucket]}/${path}`) },
    wildcard: `Keys under the pipeline's own prefixes of the ${bucket} bucket: each run has keys of its own`,
  };
}

function assumeRole(role: string): Permission {
  return { statement: { actions: ['sts:AssumeRole'], resources: [role] } };
}

function postgres({ cluster, secret }: NonNullable<GrantTargets['postgres']>): Permission[] {
  return [{ statement: { actions: ['rds-data:ExecuteStatement'], resources: [cluster] } }, readSecret(secret)];
}

function readSecret(secret: string): Permission {
  return { statement: { actions: ['secretsmanager:GetSecretValue'], resources: [secret] } };
}

function glueTable(database: string, table: string): Permission {
  const arn = (resource: string) => `arn:${Aws.PARTITION}:glue:${Aws.REGION}:${Aws.ACCOUNT_ID}:${resource}`;
  return {
    statement: {
      actions: [
        'glue:GetTable',
        'glue:UpdateTable',
        'glue:GetPartition',
        'glue:GetPartitions',
        'glue:CreatePartition',
        'glue:BatchCreatePartition',
        'glue:UpdatePartition',
        'glue:DeletePartition',
        'glue:BatchDeletePartition',
      ],
      resources: [arn('catalog'), arn(`database/${database}`), arn(`table/${database}/${table}`)],
    },
  };
}

function required<T>(target: T | undefined, { grant }: Grant): T {
  if (target === undefined)
    throw new TypeError(`A function has the grant ${grant}, but the pipeline has no sink there`);
  return target;
}
