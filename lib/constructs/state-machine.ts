import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { describeFinding, lint } from '../asl';
import type { CompiledPipeline } from '../compiler/types';
import { acknowledgeWildcard } from './acknowledge';
import { InvalidDefinition } from './errors';
import { executionArns, stateMachineArn, stateMachineName } from './names';
import type { SparkModels } from './spark-models';
import { WATCHING_EVERYTHING, watched, watching } from './watched';

type Definition = CompiledPipeline['definition'];

export interface StateMachineProps {
  readonly pipeline: string;
  readonly definition: Definition;
  /** name in the definition's `${…}` → function ARN */
  readonly functionArns: Readonly<Record<string, string>>;
  /** where a Distributed Map puts the answers of its children */
  readonly workBucket: IBucket;
  /** of it, as the pipeline's stack imports it */
  readonly workBucketArn: string;
  /** where a model runs on Spark */
  readonly spark?: SparkModels | undefined;
}

/** The pipeline's orchestrator: Standard, as only Standard executions can be redriven and wait for a task token. */
export class StateMachine extends Construct {
  readonly arn: string;

  /** @throws {InvalidDefinition} */
  constructor(
    scope: Construct,
    id: string,
    { pipeline, definition, functionArns, workBucket, workBucketArn, spark }: StateMachineProps,
  ) {
    super(scope, id);
    const own = { ...functionArns, ...spark?.substitutions };
    const substitutions = { ...own, WorkBucketName: workBucket.bucketName };
    const definitionString = soundDefinition(`pipeline ${pipeline}`, definition, substitutions);
    const stateMachine = new CfnStateMachine(this, 'Resource', {
      stateMachineName: stateMachineName(pipeline),
      stateMachineType: 'STANDARD',
      definitionString,
      definitionSubstitutions: isDistributed(definitionString) ? substitutions : own,
      roleArn: this.role(pipeline, definitionString, Object.values(functionArns), workBucketArn, spark).roleArn,
      ...watched(this, stateMachineName(pipeline)),
    });
    this.arn = stateMachine.ref;
  }

  private role(
    pipeline: string,
    definition: string,
    functionArns: readonly string[],
    workBucketArn: string,
    spark?: SparkModels,
  ): Role {
    const statements = [
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [...functionArns] }),
      watching(),
    ];
    if (isDistributed(definition)) {
      // A Distributed Map starts its children as executions of this machine; a redrive of the run redrives them
      // (the CDK's own grants forget the latter: aws/aws-cdk#28344).
      statements.push(
        new PolicyStatement({ actions: ['states:StartExecution'], resources: [stateMachineArn(pipeline)] }),
        new PolicyStatement({
          actions: ['states:DescribeExecution', 'states:StopExecution', 'states:RedriveExecution'],
          resources: [executionArns(pipeline), executionArns(`${pipeline}/*`)],
        }),
        new PolicyStatement({
          actions: ['s3:PutObject', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:AbortMultipartUpload'],
          resources: [`${workBucketArn}/runs/${pipeline}/*`],
        }),
      );
    }
    for (const { statement } of spark?.toRun ?? []) statements.push(new PolicyStatement(statement));
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
      inlinePolicies: { Run: new PolicyDocument({ statements }) },
    });
    acknowledgeWildcard(role, '*', WATCHING_EVERYTHING);
    acknowledgeWildcard(role, `${workBucketArn}/runs/${pipeline}/*`, 'Each run has keys of its own');
    for (const { statement, wildcard } of spark?.toRun ?? []) {
      for (const resource of statement.resources) if (wildcard) acknowledgeWildcard(role, resource, wildcard);
    }
    acknowledgeWildcard(role, executionArns(pipeline), 'The executions of this machine, past and to come');
    acknowledgeWildcard(role, executionArns(`${pipeline}/*`), 'The Map Runs of this machine, past and to come');
    return role;
  }
}

const isDistributed = (definition: string): boolean => definition.includes('"DISTRIBUTED"');

/** As Step Functions is given it. @throws {InvalidDefinition} */
export function soundDefinition(
  owner: string,
  definition: Definition,
  substitutions: Readonly<Record<string, string>>,
): string {
  const definitionString = JSON.stringify(definition);
  const problems = lint(definition).map(describeFinding);
  const named = new Set([...definitionString.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name!));
  for (const name of named) {
    if (!(name in substitutions)) {
      problems.push(`\${${name}}: nothing fills it. There are ${Object.keys(substitutions).join(', ')}.`);
    }
  }
  if (problems.length > 0)
    throw new InvalidDefinition(`The state machine of ${owner} is not sound:\n- ${problems.join('\n- ')}`);
  return definitionString;
}
