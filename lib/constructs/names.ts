/** Names that a grant, a rule or a person must know before the resource exists. */
import { Aws, Lazy } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import { settingsOf } from './settings';

const ofEnvironment = (unnamed: string | undefined, named: (environment: string) => string): string =>
  Lazy.uncachedString({
    produce({ scope }) {
      const { environment } = settingsOf(scope as IConstruct);
      return environment === undefined ? unnamed : named(environment);
    },
  });

/**
 * What the names of all resources begin with, so that environments can share an account: a token as `Aws.REGION` is, which each stack
 * fills in. No pipeline's name has a `_`, so that `stepwell_prod-orders` is no pipeline's of the unnamed environment.
 */
export const PREFIX = ofEnvironment('stepwell', (environment) => `stepwell_${environment}`);

/** The same where a name takes no `_`. */
export const HYPHENATED_PREFIX = ofEnvironment('stepwell', (environment) => `stepwell-${environment}`);

/** Its name; a property is left out where it has none. */
export const ENVIRONMENT = ofEnvironment(undefined, (environment) => environment);

/** As people read it. */
export const TITLE = ofEnvironment('Stepwell', (environment) => `Stepwell ${environment}`);

export const METRICS_NAMESPACE = ofEnvironment('Stepwell', (environment) => `Stepwell/${environment}`);

/** The state machine has a name of its own, so that its functions can be granted to complete its tasks without a circle. */
export function stateMachineName(pipeline: string): string {
  return `${PREFIX}-${pipeline}`;
}

export function stateMachineArn(pipeline: string): string {
  return `arn:${Aws.PARTITION}:states:${Aws.REGION}:${Aws.ACCOUNT_ID}:stateMachine:${stateMachineName(pipeline)}`;
}

export function executionArns(pipeline: string): string {
  return `arn:${Aws.PARTITION}:states:${Aws.REGION}:${Aws.ACCOUNT_ID}:execution:${stateMachineName(pipeline)}:*`;
}

/** Of timers for what a pipeline gathers. No pipeline's name has a `_`. */
export const gatherTimerName = (pipeline: string): string => `${PREFIX}_gather-${pipeline}`;

export const gatherTimerArn = (pipeline: string): string =>
  `arn:${Aws.PARTITION}:states:${Aws.REGION}:${Aws.ACCOUNT_ID}:stateMachine:${gatherTimerName(pipeline)}`;

/** Of the schedule that looks whether its files are late. */
export const gatherDeadlineName = (pipeline: string): string => `${PREFIX}-${pipeline}_gather`;

/** It has the name of the state machine that it starts. */
export function scheduleArn(pipeline: string): string {
  return `arn:${Aws.PARTITION}:scheduler:${Aws.REGION}:${Aws.ACCOUNT_ID}:schedule/default/${stateMachineName(pipeline)}`;
}

/** Of the Distributed Maps of its executions. */
export function mapRunArns(pipeline: string): string {
  return `arn:${Aws.PARTITION}:states:${Aws.REGION}:${Aws.ACCOUNT_ID}:mapRun:${stateMachineName(pipeline)}/*`;
}

/** The foundation's functions tell of a pipeline as well, and know its topic by the name. */
export const alertsTopicName = (pipeline: string): string => `${PREFIX}-${pipeline}-alerts`;

/** Of what goes to Slack. */
export const slackTopicName = (pipeline: string): string => `${PREFIX}-${pipeline}-slack`;

/** The value of ALERTS_TOPIC_ARN of a function of the foundation: `{pipeline}` stands for any. */
export const alertsTopicArn = (pipeline = '{pipeline}'): string =>
  `arn:${Aws.PARTITION}:sns:${Aws.REGION}:${Aws.ACCOUNT_ID}:${alertsTopicName(pipeline)}`;

/** A pipeline's begins with `stepwell-`: what may start those need not be able to start this one. */
export const BACKFILL_STATE_MACHINE = `${PREFIX}_backfill`;
export const WATCH_STATE_MACHINE = `${PREFIX}_watch`;

/** What starts a pipeline's runs has the name of its state machine; what else is started by the clock is no name of another pipeline. */
export const watchScheduleName = (pipeline: string): string => `${PREFIX}-${pipeline}_watch`;
export const deadlineScheduleName = (pipeline: string): string => `${PREFIX}-${pipeline}_deadline`;
export const reconcileScheduleName = (pipeline: string): string => `${PREFIX}-${pipeline}_reconcile`;

/** Of a function of a pipeline, or of the foundation. */
export const logGroupName = (owner: string, task: string): string => `/${PREFIX}/${owner}/${task}`;

/** Of a secret that the user keeps for sources. */
export const sourceSecretName = (name: string): string => `${PREFIX}/${name}`;

/** The pipeline's own user and its own schema, in each database. */
export function databaseUser(pipeline: string): string {
  return `stepwell_${pipeline.replaceAll('-', '_')}`;
}

export function databaseSecretName(pipeline: string, engine: 'redshift' | 'postgres'): string {
  return `${PREFIX}/${pipeline}/${engine}`;
}

/** Secrets Manager appends six characters to a secret's name in its ARN. */
export const DATABASE_SECRET_ARNS = `arn:${Aws.PARTITION}:secretsmanager:${Aws.REGION}:${Aws.ACCOUNT_ID}:secret:${PREFIX}/*`;

/**
 * Paths of roles, for grants and trust policies that are about roles which do not exist yet, or which they would make a circle with.
 * With the region, as IAM has the roles of all regions together.
 */
const rolePath = (...parts: string[]) => `/${PREFIX}/${[Aws.REGION, ...parts].join('/')}/`;

/** Of the role as which a pipeline runs its statements in Redshift. */
export const statementRolePath = (pipeline: string) => rolePath('statements', pipeline);

/** What is no pipeline's; no pipeline can have this name. */
export const FOUNDATION = 'foundation';

/** Of the roles of those functions that take on a statement role: a pipeline's own, or the foundation's sweeper. */
export const statementHandlerPath = (owner: string) => rolePath('statement-handlers', owner);

/** All roles under a path; `*` for those of every pipeline. */
export const rolesUnder = (path: string) => `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role${path}*`;

export const ALL_STATEMENT_ROLES = rolesUnder(rolePath('statements'));
