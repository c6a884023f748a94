import path from 'node:path';
import { CfnApplication } from 'aws-cdk-lib/aws-emrserverless';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Aws, IgnoreMode, RemovalPolicy, Tags } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { SparkSpec } from '../compiler/types';
import { acknowledgeWildcard } from './acknowledge';
import { logGroupName, PREFIX } from './names';
import type { Permission } from './permission';

export interface SparkModelsProps {
  readonly pipeline: string;
  readonly spec: SparkSpec;
  /** as the pipeline's stack imports it */
  readonly workBucketArn: string;
}

const SCRIPT = path.resolve(__dirname, '../../lambdas/transform-spark/job/run_model.py');
const PRINCIPAL = 'emr-serverless.amazonaws.com';

/** What a pipeline's models on Spark need: an application that starts with a job and stops after it, and the role that its jobs have. */
export class SparkModels extends Construct {
  readonly applicationId: string;
  readonly applicationArn: string;
  /** name in the definition's `${…}` → value */
  readonly substitutions: Readonly<Record<string, string>>;
  /** what the state machine may, to run a job to its end */
  readonly toRun: readonly Permission[];

  constructor(scope: Construct, id: string, { pipeline, spec, workBucketArn }: SparkModelsProps) {
    super(scope, id);
    const script = new Asset(this, 'Job', { path: SCRIPT });
    const python =
      spec.python === undefined
        ? undefined
        : new Asset(this, 'Python', {
            path: spec.python,
            exclude: ['*', '!*.py'],
            ignoreMode: IgnoreMode.GIT,
          });
    const application = this.application(pipeline, spec);
    this.applicationId = application.attrApplicationId;
    this.applicationArn = application.attrArn;
    const log = new LogGroup(this, 'Log', {
      logGroupName: logGroupName(pipeline, 'spark'),
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const assets = [script, ...(python ? [python] : [])];
    const role = this.jobRole(pipeline, spec, workBucketArn, log, assets);
    this.substitutions = {
      SparkApplicationId: this.applicationId,
      SparkRoleArn: role.roleArn,
      SparkEntryPoint: script.s3ObjectUrl,
      SparkLogGroupName: log.logGroupName,
      ...(python ? { SparkPython: python.s3ObjectUrl } : {}),
    };
    this.toRun = runningJobs(this.applicationArn, role.roleArn);
  }

  private application(pipeline: string, { release, idleMinutes, maximum, warm }: SparkSpec): CfnApplication {
    const worker = ({ vcpu, memoryGb }: { vcpu: number; memoryGb: number }) => ({
      cpu: `${vcpu} vCPU`,
      memory: `${memoryGb} GB`,
    });
    const application = new CfnApplication(this, 'Application', {
      name: `${PREFIX}-${pipeline}`,
      type: 'SPARK',
      releaseLabel: release,
      architecture: 'ARM64',
      autoStartConfiguration: { enabled: true },
      autoStopConfiguration: { enabled: true, idleTimeoutMinutes: idleMinutes },
      maximumCapacity: worker(maximum),
      ...(warm === undefined
        ? {}
        : {
            initialCapacity: [
              { key: 'Driver', value: { workerCount: 1, workerConfiguration: worker(warm.driver) } },
              { key: 'Executor', value: { workerCount: warm.executors, workerConfiguration: worker(warm.executor) } },
            ],
          }),
    });
    Tags.of(application).add('stepwell:pipeline', pipeline);
    return application;
  }

  private jobRole(
    pipeline: string,
    { reads }: SparkSpec,
    workBucketArn: string,
    log: LogGroup,
    assets: readonly Asset[],
  ): Role {
    const own = `${workBucketArn}/runs/${pipeline}/*/spark/*`;
    const permissions: Permission[] = [
      {
        statement: { actions: ['s3:GetObject'], resources: reads.map((key) => `${workBucketArn}/${key}`) },
        wildcard: 'Staged parts of runs: each run has keys of its own',
      },
      {
        statement: {
          actions: ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
          resources: [own],
        },
        wildcard: 'What its jobs write, each attempt into a folder of its own',
      },
      {
        statement: {
          actions: ['s3:ListBucket'],
          resources: [workBucketArn],
          conditions: { StringLike: { 's3:prefix': [...reads] } },
        },
      },
      {
        statement: {
          actions: ['s3:GetObject'],
          resources: assets.map(({ bucket, s3ObjectKey }) => bucket.arnForObjects(s3ObjectKey)),
        },
      },
      {
        statement: {
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
          resources: [log.logGroupArn],
        },
        wildcard: 'The log streams of its own log group: EMR Serverless chooses their names',
      },
      {
        statement: {
          actions: ['logs:DescribeLogGroups'],
          resources: [`arn:${Aws.PARTITION}:logs:${Aws.REGION}:${Aws.ACCOUNT_ID}:*`],
        },
        wildcard: 'EMR Serverless looks for the log group before it writes',
      },
    ];
    const role = new Role(this, 'JobRole', {
      assumedBy: new ServicePrincipal(PRINCIPAL, {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      inlinePolicies: {
        Job: new PolicyDocument({ statements: permissions.map(({ statement }) => new PolicyStatement(statement)) }),
      },
    });
    for (const { statement, wildcard } of permissions) {
      for (const resource of statement.resources) if (wildcard) acknowledgeWildcard(role, resource, wildcard);
    }
    return role;
  }
}

/** As https://docs.aws.amazon.com/step-functions/latest/dg/emr-serverless-iam.html has it for `.sync`. */
const runningJobs = (applicationArn: string, roleArn: string): Permission[] => [
  { statement: { actions: ['emr-serverless:StartJobRun'], resources: [applicationArn] } },
  {
    statement: {
      actions: ['emr-serverless:GetJobRun', 'emr-serverless:CancelJobRun', 'emr-serverless:TagResource'],
      resources: [`${applicationArn}/jobruns/*`],
    },
    wildcard: 'Job runs of its own application: nobody knows their ids before',
  },
  {
    statement: {
      actions: ['iam:PassRole'],
      resources: [roleArn],
      conditions: { StringEquals: { 'iam:PassedToService': PRINCIPAL } },
    },
  },
  {
    statement: {
      actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
      resources: [
        `arn:${Aws.PARTITION}:events:${Aws.REGION}:${Aws.ACCOUNT_ID}:rule/StepFunctionsGetEventsForEMRServerlessJobRule`,
      ],
    },
  },
];
