import { CfnRule } from 'aws-cdk-lib/aws-events';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { deliverTo } from './event-targets';

export interface LineageEventsProps {
  readonly pipeline: string;
  readonly stateMachineArn: string;
  readonly lineage: IFunction;
  readonly deadLetters: IQueue;
}

/** Tells the lineage function of each run's beginning and end, beside the run, which never waits for it. */
export function lineageEvents(scope: Construct, id: string, props: LineageEventsProps): CfnRule {
  const { pipeline, stateMachineArn, lineage, deadLetters } = props;
  const rule = new CfnRule(scope, id, {
    description: `Tells where the tables of ${pipeline} come from`,
    eventPattern: {
      source: ['aws.states'],
      'detail-type': ['Step Functions Execution Status Change'],
      detail: { stateMachineArn: [stateMachineArn] },
    },
  });
  deliverTo(rule, lineage, deadLetters);
  return rule;
}
