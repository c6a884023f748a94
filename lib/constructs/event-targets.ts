import type { CfnRule } from 'aws-cdk-lib/aws-events';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnPermission, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';

/** Of events that the sweeper sends in place of ones of AWS that never came; `aws.` is not for us to say. */
export const OWN_EVENT_SOURCE = 'stepwell';

/** EventBridge tries for a day, then the event waits in the dead-letter queue. */
const RETRY = { maximumRetryAttempts: 185, maximumEventAgeInSeconds: 86_400 };

/** Sends a rule's events, as they are unless told, to a function. */
export function deliverTo(
  rule: CfnRule,
  target: IFunction,
  deadLetters: IQueue,
  inputTransformer?: InputTransformer,
): void {
  rule.targets = [
    {
      id: 'Function',
      arn: target.functionArn,
      ...(inputTransformer && { inputTransformer }),
      retryPolicy: RETRY,
      deadLetterConfig: { arn: deadLetters.queueArn },
    },
  ];
  new CfnPermission(rule, 'Invoke', {
    action: 'lambda:InvokeFunction',
    functionName: target.functionArn,
    principal: 'events.amazonaws.com',
    sourceArn: rule.attrArn,
  });
  acceptDeadLetters(rule, deadLetters);
}

export interface InputTransformer {
  readonly inputPathsMap: Record<string, string>;
  readonly inputTemplate: string;
}

/** Starts an execution for each of a rule's events. */
export function startExecution(
  rule: CfnRule,
  stateMachineArn: string,
  inputTransformer: InputTransformer,
  deadLetters: IQueue,
): void {
  const role = new Role(rule, 'Role', {
    assumedBy: new ServicePrincipal('events.amazonaws.com'),
    inlinePolicies: {
      Start: new PolicyDocument({
        statements: [new PolicyStatement({ actions: ['states:StartExecution'], resources: [stateMachineArn] })],
      }),
    },
  });
  rule.targets = [
    {
      id: 'StateMachine',
      arn: stateMachineArn,
      roleArn: role.roleArn,
      inputTransformer,
      retryPolicy: RETRY,
      deadLetterConfig: { arn: deadLetters.queueArn },
    },
  ];
  acceptDeadLetters(rule, deadLetters);
}

function acceptDeadLetters(rule: CfnRule, deadLetters: IQueue): void {
  deadLetters.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('events.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [deadLetters.queueArn],
      conditions: { ArnEquals: { 'aws:SourceArn': rule.attrArn } },
    }),
  );
}
