/** Names that a grant, a rule or a person must know before the resource exists. */
import { Aws } from 'aws-cdk-lib/core';

/** The state machine has a name of its own, so that its functions can be granted to complete its tasks without a circle. */
export function stateMachineName(pipeline: string): string {
  return `stepwell-${pipeline}`;
}

export function stateMachineArn(pipeline: string): string {
  return `arn:${Aws.PARTITION}:states:${Aws.REGION}:${Aws.ACCOUNT_ID}:stateMachine:${stateMachineName(pipeline)}`;
}

export function executionArns(pipeline: string): string {
  return `arn:${Aws.PARTITION}:states:${Aws.REGION}:${Aws.ACCOUNT_ID}:execution:${stateMachineName(pipeline)}:*`;
}

/** The pipeline's own user and its own schema, in each database. */
export function databaseUser(pipeline: string): string {
  return `stepwell_${pipeline.replaceAll('-', '_')}`;
}

export function databaseSecretName(pipeline: string, engine: 'redshift' | 'postgres'): string {
  return `stepwell/${pipeline}/${engine}`;
}

/** Secrets Manager appends six characters to a secret's name in its ARN. */
export const DATABASE_SECRET_ARNS = `arn:${Aws.PARTITION}:secretsmanager:${Aws.REGION}:${Aws.ACCOUNT_ID}:secret:stepwell/*`;
