import type { Delivery } from '../../events/deliveries';
import { DeliveryError } from '../../events/errors';
import { classify, invokeTarget, principalOf } from '../../events/targets';
import type { CloudContext } from '../../service';
import { isoSeconds } from '../timestamps';
import { callerOf, type OwedInvocation } from './state';

/** Services whose name in a universal target is not that of their endpoint here. */
const SERVICES: Readonly<Record<string, string>> = {
  cloudwatch: 'monitoring',
  cloudwatchlogs: 'logs',
  eventbridge: 'events',
  rdsdata: 'rds-data',
  redshiftdata: 'redshift-data',
  sfn: 'states',
};

/** Calls a templated target (a function, a queue, …) or any operation by `arn:aws:scheduler:::aws-sdk:<service>:<action>`. */
export async function invokeScheduled(cloud: CloudContext, delivery: Delivery<OwedInvocation>): Promise<void> {
  const { target } = delivery.payload;
  const caller = callerOf(delivery);
  const payload = inputOf(cloud, delivery);
  const [, service = '', action = ''] = /^arn:aws:scheduler:::aws-sdk:([^:]+):([^:]+)$/.exec(target.Arn ?? '') ?? [];
  if (!service && /:event-bus\//.test(target.Arn ?? '')) return toBus(cloud, delivery, payload);
  if (!service) {
    const invocation = {
      targetArn: target.Arn ?? '',
      payload,
      ...(target.RoleArn ? { roleArn: target.RoleArn } : {}),
      ...(target.SqsParameters?.MessageGroupId ? { messageGroupId: target.SqsParameters.MessageGroupId } : {}),
    };
    return invokeTarget(cloud, invocation, caller);
  }
  const operation = action.charAt(0).toUpperCase() + action.slice(1);
  try {
    await cloud.call(principalOf(target.RoleArn, caller), SERVICES[service] ?? service, operation, parse(payload));
  } catch (error) {
    throw error instanceof DeliveryError ? error : classify(error);
  }
}

/** The input is the event's detail. */
async function toBus(cloud: CloudContext, delivery: Delivery<OwedInvocation>, Detail: string): Promise<void> {
  const { target, scheduleArn, dueAt } = delivery.payload;
  const { DetailType, Source } = target.EventBridgeParameters ?? {};
  const Entries = [
    { EventBusName: target.Arn, DetailType, Source, Detail, Resources: [scheduleArn], Time: new Date(dueAt) },
  ];
  const principal = principalOf(target.RoleArn, callerOf(delivery));
  let refused: { ErrorCode?: string; ErrorMessage?: string } | undefined;
  try {
    const answer = (await cloud.call(principal, 'events', 'PutEvents', { Entries })) as { Entries?: object[] };
    refused = answer.Entries?.[0];
  } catch (error) {
    throw classify(error);
  }
  if (refused?.ErrorCode)
    throw new DeliveryError('INVALID_PARAMETER', refused.ErrorMessage ?? refused.ErrorCode, false);
}

/** Without an input of its own, a target gets an event like those of EventBridge, whose detail is text. */
function inputOf(
  cloud: CloudContext,
  { payload: { scheduleArn, target, dueAt, executionId }, attempts }: Delivery<OwedInvocation>,
): string {
  const keywords: Readonly<Record<string, string>> = {
    '<aws.scheduler.schedule-arn>': scheduleArn,
    '<aws.scheduler.scheduled-time>': isoSeconds(dueAt),
    '<aws.scheduler.execution-id>': executionId,
    '<aws.scheduler.attempt-number>': String(attempts + 1),
  };
  if (target.Input)
    return target.Input.replace(/<aws\.scheduler\.[a-z-]+>/g, (keyword) => keywords[keyword] ?? keyword);
  return JSON.stringify({
    version: '0',
    id: executionId,
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account: cloud.account,
    time: isoSeconds(dueAt),
    region: cloud.region,
    resources: [scheduleArn],
    detail: '{}',
  });
}

function parse(input: string): unknown {
  try {
    return JSON.parse(input);
  } catch {
    throw new DeliveryError('INVALID_PARAMETER', `The input of a universal target must be JSON: ${input}`, false);
  }
}
