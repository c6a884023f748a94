import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  AssetCode,
  CfnEventInvokeConfig,
  type CfnFunction,
  type ILayerVersion,
  Function as LambdaFunction,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { AssetHashType, Duration, RemovalPolicy, Size } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeWildcard } from './acknowledge';
import { bundle } from './bundle';
import { withBeside } from './bundle-beside';
import { ENVIRONMENT } from './names';
import type { Permission } from './permission';

export interface BundledFunctionProps {
  /** `lambdas/<task>/handler.ts` */
  readonly task: string;
  /** the user's own TypeScript, that it runs: an absolute path */
  readonly userFile?: string | undefined;
  /** files that lie beside the code, by name */
  readonly beside?: Readonly<Record<string, string>>;
  readonly description: string;
  /** e.g. `/stepwell/orders/extract-files` */
  readonly logGroupName: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  /** size of /tmp; 512 unless told */
  readonly storageMb?: number;
  readonly layers?: readonly ILayerVersion[];
  readonly environment: Readonly<Record<string, string>>;
  readonly permissions: readonly Permission[];
  /** path of its role, where another policy tells the role by that */
  readonly rolePath?: string;
  /** For a function that is invoked asynchronously: where an event goes that three attempts could not handle. */
  readonly undelivered?: IQueue;
  /** subnets and security groups of a VPC; absent: the function is in none */
  readonly network?: { readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[] };
}

/** A bundled handler with a role, a log group and nothing else: the role may do what `permissions` say, write its log and its trace. */
export class BundledFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;
  readonly codeHash: string;

  constructor(scope: Construct, id: string, props: BundledFunctionProps) {
    super(scope, id);
    const { directory, hash } = props.beside ? withBeside(bundle(props), props.beside) : bundle(props);
    this.codeHash = hash;
    this.logGroup = new LogGroup(this, 'Log', {
      logGroupName: props.logGroupName,
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const permissions: Permission[] = [...props.permissions, writeLog(this.logGroup), TRACE];
    if (props.network !== undefined) permissions.push(JOIN_NETWORK);
    if (props.undelivered !== undefined) {
      permissions.push({ statement: { actions: ['sqs:SendMessage'], resources: [props.undelivered.queueArn] } });
    }
    this.role = new Role(this, 'Role', {
      ...(props.rolePath === undefined ? {} : { path: props.rolePath }),
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: {
        Task: new PolicyDocument({ statements: permissions.map(({ statement }) => new PolicyStatement(statement)) }),
      },
    });
    for (const { statement, wildcard } of permissions) {
      for (const resource of statement.resources) {
        if (wildcard !== undefined) acknowledgeWildcard(this.role, resource, wildcard);
      }
    }

    this.function = new LambdaFunction(this, 'Function', {
      description: props.description,
      runtime: Runtime.NODEJS_22_X,
      architecture: Architecture.ARM_64,
      code: new AssetCode(directory, { assetHash: hash, assetHashType: AssetHashType.CUSTOM }),
      handler: 'index.handler',
      // Nothing adds to the role behind the back of `permissions`.
      role: this.role.withoutPolicyUpdates(),
      logGroup: this.logGroup,
      tracing: Tracing.ACTIVE,
      memorySize: props.memoryMb,
      timeout: Duration.seconds(props.timeoutSeconds),
      ephemeralStorageSize: Size.mebibytes(props.storageMb ?? 512),
      layers: [...(props.layers ?? [])],
      environment: { ...props.environment, STEPWELL_ENV: ENVIRONMENT },
    });
    if (props.network !== undefined) {
      // The construct of a VPC would look it up in an account, or want to know of its zones and routes.
      const { subnetIds, securityGroupIds } = props.network;
      (this.function.node.defaultChild as CfnFunction).vpcConfig = {
        subnetIds: [...subnetIds],
        securityGroupIds: [...securityGroupIds],
      };
    }
    acknowledge(this.function, {
      L1: 'nodejs22.x is supported and the newest runtime that both DuckDB and the development machines (Node 20 and later) are tested with',
    });
    if (props.undelivered !== undefined) {
      new CfnEventInvokeConfig(this, 'Async', {
        functionName: this.function.functionName,
        qualifier: '$LATEST',
        maximumRetryAttempts: 2,
        destinationConfig: { onFailure: { destination: props.undelivered.queueArn } },
      });
    }
  }
}

function writeLog(logGroup: LogGroup): Permission {
  return {
    statement: {
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    },
    wildcard: 'The log streams of its own log group: Lambda chooses their names',
  };
}

const TRACE: Permission = {
  statement: { actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] },
  wildcard: 'X-Ray has no resources to name',
};

/** As AWSLambdaVPCAccessExecutionRole: Lambda makes the function's network interfaces by its role. */
const JOIN_NETWORK: Permission = {
  statement: {
    actions: [
      'ec2:CreateNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:DeleteNetworkInterface',
      'ec2:AssignPrivateIpAddresses',
      'ec2:UnassignPrivateIpAddresses',
    ],
    resources: ['*'],
  },
  wildcard:
    'Lambda makes the interfaces of a function in a VPC, whose ids nobody knows before, and describing them has no resource',
};
