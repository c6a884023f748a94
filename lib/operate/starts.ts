/** What starts a pipeline's runs by itself: rules of EventBridge, a schedule, the mapping of a stream. A paused pipeline has them disabled. */
import {
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListRuleNamesByTargetCommand,
} from '@aws-sdk/client-eventbridge';
import {
  GetScheduleCommand,
  type GetScheduleOutput,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import type { Connection, DeployedPipeline } from './connection';
import { limitsOf } from './rate-limit';
import { mappingStart, setMapping } from './stream-mapping';

export interface Start {
  readonly kind: 'rule' | 'schedule' | 'mapping';
  readonly name: string;
  readonly enabled: boolean;
}

/** By what they start, not by their names: rules that CloudFormation has named have any. */
export async function startsOf(
  connection: Pick<Connection, 'client'> & Partial<Connection>,
  at: DeployedPipeline,
): Promise<Start[]> {
  const { client } = connection;
  const events = new EventBridgeClient(client);
  const limit = limitsOf(connection).rules;
  const rules: Start[] = [];
  for (const TargetArn of [at.stateMachineArn, ...(at.gatherFunctionArn ? [at.gatherFunctionArn] : [])]) {
    let NextToken: string | undefined;
    do {
      const token = NextToken;
      const page = await limit(() => events.send(new ListRuleNamesByTargetCommand({ TargetArn, NextToken: token })));
      for (const name of page.RuleNames ?? []) {
        const { State } = await limit(() => events.send(new DescribeRuleCommand({ Name: name })));
        rules.push({ kind: 'rule', name, enabled: State !== 'DISABLED' });
      }
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
  }
  const schedule = await scheduleOf(new SchedulerClient(client), at);
  return [
    ...rules,
    ...(at.stream ? [await mappingStart(client, at.stream)] : []),
    ...(schedule ? [{ kind: 'schedule' as const, name: schedule.Name!, enabled: schedule.State !== 'DISABLED' }] : []),
  ];
}

/** Those that are so already are left alone. */
export async function setStarts(
  { client }: Pick<Connection, 'client'>,
  starts: readonly Start[],
  enabled: boolean,
): Promise<void> {
  const events = new EventBridgeClient(client);
  for (const { kind, name } of starts.filter((start) => start.enabled !== enabled)) {
    if (kind === 'schedule') await setSchedule(new SchedulerClient(client), name, enabled);
    else if (kind === 'mapping') await setMapping(client, name, enabled);
    else await events.send(enabled ? new EnableRuleCommand({ Name: name }) : new DisableRuleCommand({ Name: name }));
  }
}

/** It is called as the state machine is. */
const nameOf = ({ stateMachineArn }: DeployedPipeline): string => stateMachineArn.split(':').at(-1)!;

/** Undefined for a pipeline that no schedule starts. */
async function scheduleOf(client: SchedulerClient, pipeline: DeployedPipeline): Promise<GetScheduleOutput | undefined> {
  try {
    return await client.send(new GetScheduleCommand({ Name: nameOf(pipeline) }));
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

/** An update replaces the whole schedule: what is left out would go back to its default. */
async function setSchedule(client: SchedulerClient, Name: string, enabled: boolean): Promise<void> {
  const { Arn, CreationDate, LastModificationDate, $metadata, ...schedule } = await client.send(
    new GetScheduleCommand({ Name }),
  );
  const { ScheduleExpression, FlexibleTimeWindow, Target } = schedule;
  await client.send(
    new UpdateScheduleCommand({
      ...schedule,
      Name,
      ScheduleExpression,
      FlexibleTimeWindow,
      Target,
      State: enabled ? 'ENABLED' : 'DISABLED',
    }),
  );
}
