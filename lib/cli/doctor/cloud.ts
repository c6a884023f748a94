/** What doctor looks at in the local cloud or the account: credentials, bootstrap, stacks, definitions, starts, runs, the sweeper, quotas. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { CloudFormationClient, DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeStateMachineCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { ListSubscriptionsByTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { CompiledPipeline } from '../../compiler';
import { alarmsOf } from '../../operate/alarms';
import { allStacks, type Connection, type Deployed, deployed } from '../../operate/connection';
import { prefixOf } from '../../operate/environment';
import { stateOf } from '../../operate/pause-note';
import { PER_SECOND, rateLimiter } from '../../operate/rate-limit';
import { duration, plural } from '../../operate/text';
import { waitsOf } from '../../operate/turns';
import { watchedOf } from '../../operate/watched';
import { TURN_STATE } from '../../tasks/turn';
import { noteText } from '../pause';
import { type Finding, fail, found, ok, warn } from './finding';
import { isSameDefinition } from './same-definition';

export async function cloudFindings(
  connection: Connection,
  compiled: readonly CompiledPipeline[],
): Promise<readonly Finding[]> {
  const first = [
    ...(await found('Credentials', () => credentialsFinding(connection))),
    ...(connection.target.kind === 'account' ? await found('CDK bootstrap', () => bootstrapFinding(connection)) : []),
    ...(connection.target.kind === 'account' ? await found('Lambda quota', () => quotaFinding(connection)) : []),
  ];
  const stacks = await stacksOrFinding(connection);
  if ('status' in stacks) return [...first, stacks];
  const groups = await Promise.all([
    found('Stacks', () => stackFindings(connection)),
    found('Deployed', () => deployedFindings(connection, stacks, compiled)),
    found('Paused', () => pausedFindings(connection, stacks)),
    found('Runs', () => runFindings(connection, stacks)),
    found('Sweeper', () => sweeperFinding(connection)),
    found('Watch', () => watchFindings(connection, stacks)),
    found('Alarms', () => alarmFinding(connection)),
    found('Undelivered events', () => deadLetterFindings(connection)),
    ...(connection.target.kind === 'account' ? [found('Mail', () => mailFindings(connection))] : []),
  ]);
  return [...first, ...groups.flat()];
}

const SOON_MS = 30 * 60_000;

async function credentialsFinding({ client, target }: Connection): Promise<Finding> {
  const NAME = 'Credentials';
  if (target.kind === 'local') return ok(NAME, 'any do');
  const { credentials } = client;
  const { expiration } = typeof credentials === 'function' ? await credentials() : (credentials ?? {});
  const left = expiration === undefined ? undefined : expiration.getTime() - Date.now();
  if (left === undefined) return ok(NAME, target.caller);
  const text = `${target.caller}, for ${duration(left)} still`;
  return left < SOON_MS ? warn(NAME, text, 'Sign in again, for example: aws sso login') : ok(NAME, text);
}

/** As of the CDK that this project uses: templates name it in the rule CheckBootstrapVersion. */
const BOOTSTRAP_VERSION = 6;

async function bootstrapFinding(connection: Connection): Promise<Finding> {
  const NAME = 'CDK bootstrap';
  const { target, client } = connection;
  const place = target.kind === 'account' ? ` aws://${target.account}/${target.region}` : '';
  const remedy = `npx cdk bootstrap${place}`;
  const toolkit = await describeStack(client, 'CDKToolkit');
  if (toolkit === undefined) return fail(NAME, 'there is no stack CDKToolkit: nothing can be deployed', remedy);
  const version = Number(outputOf(toolkit, 'BootstrapVersion') ?? 0);
  return version < BOOTSTRAP_VERSION
    ? fail(NAME, `version ${version} is older than ${BOOTSTRAP_VERSION}`, remedy)
    : ok(NAME, `version ${version}`);
}

async function describeStack(client: Connection['client'], StackName: string): Promise<Stack | undefined> {
  try {
    return (await new CloudFormationClient(client).send(new DescribeStacksCommand({ StackName }))).Stacks?.[0];
  } catch (error) {
    if ((error as Error).name === 'ValidationError') return undefined;
    throw error;
  }
}

const outputOf = ({ Outputs = [] }: Stack, key: string): string | undefined =>
  Outputs.find(({ OutputKey }) => OutputKey === key)?.OutputValue;

/** Accounts that are new have 10: a Map of 40 would be throttled all the time. */
const ENOUGH_CONCURRENCY = 200;

async function quotaFinding({ client }: Connection): Promise<Finding> {
  const NAME = 'Lambda quota';
  const { AccountLimit } = await new LambdaClient(client).send(new GetAccountSettingsCommand({}));
  const most = AccountLimit?.UnreservedConcurrentExecutions ?? AccountLimit?.ConcurrentExecutions ?? 0;
  const text = `${most} functions at once`;
  return most < ENOUGH_CONCURRENCY
    ? warn(
        NAME,
        `${text}: runs that read many partitions are throttled`,
        'Ask for more: Service Quotas, AWS Lambda, Concurrent executions',
      )
    : ok(NAME, text);
}

async function stacksOrFinding(connection: Connection): Promise<Deployed | Finding> {
  try {
    return await deployed(connection);
  } catch (error) {
    const [text = '', ...remedy] = (error as Error).message.split('\n');
    return fail('Stacks', text, remedy.join(' '));
  }
}

async function stepwellStacks({ client, environment }: Connection): Promise<Stack[]> {
  const machines = `:${prefixOf(environment)}-`;
  return (await allStacks(client)).filter(
    (stack) =>
      outputOf(stack, 'Environment') === environment &&
      (outputOf(stack, 'LedgerTableName') !== undefined || outputOf(stack, 'StateMachineArn')?.includes(machines)),
  );
}

/** What a stack is in when its last deploy went through. */
const DONE = /^(CREATE|UPDATE|IMPORT)_COMPLETE$/;
const UNDER_WAY = /_IN_PROGRESS$/;

async function stackFindings(connection: Connection): Promise<readonly Finding[]> {
  const stacks = await stepwellStacks(connection);
  const bad = stacks.filter(({ StackStatus = '' }) => !DONE.test(StackStatus));
  if (bad.length === 0) return [ok('Stacks', plural(stacks.length, 'stack'))];
  return bad.map(({ StackName, StackStatus = '', StackStatusReason }) =>
    UNDER_WAY.test(StackStatus)
      ? warn('Stacks', `${StackName} is ${StackStatus}`, 'A deploy is under way: wait for its end.')
      : fail(
          'Stacks',
          [`${StackName} is ${StackStatus}`, StackStatusReason].filter(Boolean).join(': '),
          `npx cdk deploy ${StackName}`,
        ),
  );
}

async function deployedFindings(
  { client, target, environment }: Connection,
  stacks: Deployed,
  compiled: readonly CompiledPipeline[],
): Promise<readonly Finding[]> {
  const NAME = 'Deployed';
  const deploy = (stack: string) =>
    target.kind === 'local'
      ? 'Start the local cloud again: npm start'
      : `npx cdk deploy ${stack}${environment === undefined ? '' : ` -c stepwell:env=${environment}`}`;
  const sfn = new SFNClient(client);
  const limit = rateLimiter(PER_SECOND.describe);
  const findings = await Promise.all(
    compiled.map(async ({ name, definition }): Promise<Finding> => {
      const at = stacks.pipelines.find((one) => one.name === name);
      if (at === undefined) return warn(NAME, `${name} is not deployed`, deploy('--all'));
      const { definition: there = '{}' } = await limit(() =>
        sfn.send(new DescribeStateMachineCommand({ stateMachineArn: at.stateMachineArn })),
      );
      return isSameDefinition(definition, JSON.parse(there))
        ? ok(NAME, name)
        : warn(
            NAME,
            `${name} is deployed with another state machine than this checkout compiles`,
            deploy(at.stackName),
          );
    }),
  );
  const known = new Set(compiled.map(({ name }) => name));
  const foreign = compiled.length === 0 ? [] : stacks.pipelines.filter(({ name }) => !known.has(name));
  const current = findings.filter(({ status }) => status === 'ok').map(({ text }) => text);
  return [
    ...(current.length > 0 ? [ok(NAME, `as this checkout compiles it: ${current.join(', ')}`)] : []),
    ...findings.filter(({ status }) => status !== 'ok'),
    ...foreign.map(({ name, stackName }) =>
      warn(
        NAME,
        `${name} is deployed, and has no folder in this checkout`,
        `If it is no longer wanted: npx cdk destroy ${stackName}`,
      ),
    ),
  ];
}

async function pausedFindings(connection: Connection, stacks: Deployed): Promise<readonly Finding[]> {
  const NAME = 'Paused';
  const findings: Finding[] = [];
  for (const at of stacks.pipelines) {
    const state = await stateOf(connection, stacks, at);
    const remedy = `npx stepwell resume ${at.name}`;
    if (state.state === 'paused')
      findings.push(warn(NAME, `${at.name} is paused${state.note ? ` ${noteText(state.note)}` : ''}`, remedy));
    if (state.state === 'half resumed')
      findings.push(
        warn(NAME, `${at.name} starts again, but what came while it was paused has not been loaded`, remedy),
      );
  }
  return findings.length > 0 ? findings : [ok(NAME, 'none')];
}

/** It looks each hour. */
const LOOKS_LATE_MS = 3 * 3_600_000;

async function watchFindings(connection: Connection, stacks: Deployed): Promise<readonly Finding[]> {
  const NAME = 'Watch';
  const all = await Promise.all(
    stacks.pipelines.map(async ({ name }): Promise<readonly Finding[]> => {
      const { lookedAt, problems } = await watchedOf(connection, stacks, name);
      const remedy = `npx stepwell runs ${name}`;
      const found = problems.map((title) => warn(NAME, title, remedy));
      // A local cloud that was down for a night looks again within the hour.
      const isAsleep = connection.target.kind === 'local' && lookedAt !== undefined;
      if (isAsleep || Date.now() - Date.parse(lookedAt ?? '') <= LOOKS_LATE_MS) return found;
      const since = lookedAt === undefined ? 'yet' : `for ${duration(Date.now() - Date.parse(lookedAt))}`;
      const schedule = `Is its schedule enabled? aws scheduler get-schedule --name ${prefixOf(connection.environment)}-${name}_watch`;
      return [...found, warn(NAME, `nothing has looked at ${name} ${since}`, schedule)];
    }),
  );
  const findings = all.flat();
  return findings.length > 0 ? findings : [ok(NAME, 'data are as fresh as they are to be')];
}

async function alarmFinding(connection: Connection): Promise<Finding> {
  const NAME = 'Alarms';
  const all = await alarmsOf(connection);
  const wrong = all.filter(({ state }) => state === 'ALARM').map(({ name }) => name);
  return wrong.length === 0
    ? ok(NAME, `none of ${all.length} is in ALARM`)
    : warn(NAME, `in ALARM: ${wrong.join(', ')}`, 'npx stepwell alarms');
}

/** Of a run, from its turn on where it takes one: the execution may take longer. */
function timeoutOf(definition: string): number {
  const { States, TimeoutSeconds } = JSON.parse(definition) as {
    TimeoutSeconds?: number;
    States: Record<string, { Arguments?: { Payload?: { timeoutSeconds?: number } } }>;
  };
  return States[TURN_STATE]?.Arguments?.Payload?.timeoutSeconds ?? TimeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
}

async function runFindings(connection: Connection, stacks: Deployed): Promise<readonly Finding[]> {
  const { client } = connection;
  const NAME = 'Runs';
  const sfn = new SFNClient(client);
  const list = rateLimiter(PER_SECOND.list);
  const findings: Finding[] = [];
  let running = 0;
  for (const { name, stateMachineArn } of stacks.pipelines) {
    const { executions = [] } = await list(() =>
      sfn.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING', maxResults: 1000 })),
    );
    running += executions.length;
    if (executions.length === 0) continue;
    const { definition = '{}' } = await sfn.send(new DescribeStateMachineCommand({ stateMachineArn }));
    const timeoutSeconds = timeoutOf(definition);
    const waits = await waitsOf(
      connection,
      stacks,
      executions.map(({ name: runId }) => ({ pipeline: name, runId: runId!, status: 'RUNNING' })),
    );
    for (const { name: runId, startDate } of executions) {
      const age = Date.now() - startDate!.getTime();
      if (age < (timeoutSeconds * 1000) / 2 || waits.has(runId!)) continue;
      findings.push(
        warn(
          NAME,
          `${name} ${runId!.slice(0, 8)} has been running for ${duration(age)}; it is ended after ${duration(timeoutSeconds * 1000)}`,
          `npx stepwell show ${runId!.slice(0, 8)}`,
        ),
      );
    }
  }
  return findings.length > 0
    ? findings
    : [ok(NAME, running === 0 ? 'none is running' : `${plural(running, 'run')} under way, none for long`)];
}

const DEFAULT_TIMEOUT_SECONDS = 86_400;

const SWEEPS_EVERY_MS = 5 * 60_000;
/** Three of its times, and what logs are late by. */
const LATE_MS = 3 * SWEEPS_EVERY_MS + 60_000;

async function sweeperFinding(connection: Connection): Promise<Finding> {
  const NAME = 'Sweeper';
  const age = Date.now() - (await upSince(connection));
  const logs = new CloudWatchLogsClient(connection.client);
  const logGroupName = `/${prefixOf(connection.environment)}/foundation/sweep`;
  const { events = [] } = await logs.send(
    new FilterLogEventsCommand({
      logGroupName,
      filterPattern: '"REPORT RequestId:"',
      startTime: Date.now() - LATE_MS,
    }),
  );
  const ended = events.filter(({ message = '' }) => /Status: (error|timeout)/.test(message));
  const remedy = `aws logs tail ${logGroupName} --since 1h`;
  if (events.length > 0) {
    return ended.length === 0
      ? ok(NAME, `ran ${plural(events.length, 'time')} in the last ${duration(LATE_MS)}`)
      : fail(NAME, `was ended by Lambda ${plural(ended.length, 'time')} in the last ${duration(LATE_MS)}`, remedy);
  }
  return age < LATE_MS
    ? ok(NAME, 'has had no time to run yet')
    : fail(
        NAME,
        `has not run for ${duration(LATE_MS)}: lost events are not made up for`,
        'Is its rule enabled? npx cdk deploy Stepwell-Foundation',
      );
}

/** A local cloud runs it only while it is up. */
async function upSince(connection: Connection): Promise<number> {
  if (connection.target.kind === 'local') return statSync(path.join(connection.target.stateDir, 'cloud.json')).mtimeMs;
  const foundation = (await stepwellStacks(connection)).find(
    (stack) => outputOf(stack, 'LedgerTableName') !== undefined,
  );
  return foundation?.CreationTime?.getTime() ?? 0;
}

async function deadLetterFindings(connection: Connection): Promise<readonly Finding[]> {
  const NAME = 'Undelivered events';
  const sqs = new SQSClient(connection.client);
  const stacks = await stepwellStacks(connection);
  const findings = await Promise.all(
    stacks.map(async (stack): Promise<readonly Finding[]> => {
      const QueueUrl = outputOf(stack, 'DeadLetterQueueUrl');
      if (QueueUrl === undefined) return [];
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
      );
      const waiting = Number(Attributes?.ApproximateNumberOfMessages ?? 0);
      if (waiting === 0) return [];
      const text = `${plural(waiting, 'event')} of ${stack.StackName} could not be delivered`;
      return [warn(NAME, text, `Why, and which: aws sqs receive-message --queue-url ${QueueUrl}`)];
    }),
  );
  return findings.some((some) => some.length > 0) ? findings.flat() : [ok(NAME, 'none')];
}

async function mailFindings(connection: Connection): Promise<readonly Finding[]> {
  const NAME = 'Mail';
  const sns = new SNSClient(connection.client);
  const findings: Finding[] = [];
  for (const stack of await stepwellStacks(connection)) {
    const waiting = [];
    for (const output of ['AlertsTopicArn', 'AlarmsTopicArn']) {
      const TopicArn = outputOf(stack, output);
      if (TopicArn === undefined) continue;
      const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
      waiting.push(...Subscriptions.filter(({ SubscriptionArn }) => SubscriptionArn === 'PendingConfirmation'));
    }
    findings.push(
      ...waiting.map(({ Endpoint }) =>
        warn(
          NAME,
          `${Endpoint} has not confirmed that it wants the mails of ${stack.StackName}`,
          'It has a message from AWS Notifications with a link.',
        ),
      ),
    );
  }
  return findings.length > 0 ? findings : [ok(NAME, 'every address is confirmed')];
}
