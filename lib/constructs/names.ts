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

/** Of the Distributed Maps of its executions. */
export function mapRunArns(pipeline: string): string {
  return `arn:${Aws.PARTITION}:states:${Aws.REGION}:${Aws.ACCOUNT_ID}:mapRun:${stateMachineName(pipeline)}/*`;
}

/** A pipeline's begins with `stepwell-`: what may start those need not be able to start this one. */
export const BACKFILL_STATE_MACHINE = 'stepwell_backfill';

/** The pipeline's own user and its own schema, in each database. */
export function databaseUser(pipeline: string): string {
  return `stepwell_${pipeline.replaceAll('-', '_')}`;
}

export function databaseSecretName(pipeline: string, engine: 'redshift' | 'postgres'): string {
  return `stepwell/${pipeline}/${engine}`;
}

/** Secrets Manager appends six characters to a secret's name in its ARN. */
export const DATABASE_SECRET_ARNS = `arn:${Aws.PARTITION}:secretsmanager:${Aws.REGION}:${Aws.ACCOUNT_ID}:secret:stepwell/*`;

/**
 * Paths of roles, for grants and trust policies that are about roles which do not exist yet, or which they would make a circle with.
 * With the region, as IAM has the roles of all regions together.
 */
const rolePath = (...parts: string[]) => `/stepwell/${[Aws.REGION, ...parts].join('/')}/`;

/** Of the role as which a pipeline runs its statements in Redshift. */
export const statementRolePath = (pipeline: string) => rolePath('statements', pipeline);

/** What is no pipeline's; no pipeline can have this name. */
export const FOUNDATION = 'foundation';

/** Of the roles of those functions that take on a statement role: a pipeline's own, or the foundation's sweeper. */
export const statementHandlerPath = (owner: string) => rolePath('statement-handlers', owner);

/** All roles under a path; `*` for those of every pipeline. */
export const rolesUnder = (path: string) => `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role${path}*`;

export const ALL_STATEMENT_ROLES = rolesUnder(rolePath('statements'));
