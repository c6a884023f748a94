import { CfnRule } from 'aws-cdk-lib/aws-events';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { CompiledPipeline } from '../compiler/types';
import { deliverTo } from './event-targets';

export interface ReconciliationProps {
  readonly input: NonNullable<CompiledPipeline['reconcile']>;
  readonly reconcile: IFunction;
  readonly deadLetters: IQueue;
}

/** Has the load ledgers compared with the runs, each night: that wakes databases that sleep. */
export class Reconciliation extends Construct {
  constructor(scope: Construct, id: string, { input, reconcile, deadLetters }: ReconciliationProps) {
    super(scope, id);
    const rule = new CfnRule(this, 'Daily', {
      description: `Compares the load ledgers of ${input.pipeline} with its runs`,
      scheduleExpression: 'cron(30 3 * * ? *)',
    });
    deliverTo(rule, reconcile, deadLetters);
    const [target] = rule.targets as CfnRule.TargetProperty[];
    rule.targets = [{ ...target!, input: JSON.stringify(input) }];
  }
}
