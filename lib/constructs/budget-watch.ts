import { CfnRule } from 'aws-cdk-lib/aws-events';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Stack } from 'aws-cdk-lib/core';
import { Construct, type IConstruct } from 'constructs';
import type { BudgetPlan } from '../compiler/budget';
import { AURORA_PAUSE_MINUTES } from './aurora';
import { deliverTo } from './event-targets';
import { settingsOf } from './settings';

export interface BudgetWatchProps {
  readonly pipeline: string;
  readonly budget: BudgetPlan;
  readonly watchBudget: IFunction;
  /** its functions by their ids: what each is called in its log, and the log */
  readonly functions: Readonly<Record<string, { readonly label: string; readonly logGroupName: string }>>;
  readonly deadLetters: IQueue;
}

/** Has what the pipeline costs reckoned each hour. */
export class BudgetWatch extends Construct {
  constructor(scope: Construct, id: string, props: BudgetWatchProps) {
    super(scope, id);
    const { pipeline, budget, functions } = props;
    const rule = new CfnRule(this, 'Hourly', {
      description: `Compares what ${pipeline} costs with its budget`,
      scheduleExpression: 'rate(1 hour)',
    });
    const known = Object.entries(functions);
    const input = {
      pipeline,
      monthly: budget.monthly,
      logs: Object.fromEntries(known.map(([, { label, logGroupName }]) => [label, logGroupName])),
      transitions: Object.fromEntries(
        known.flatMap(([function_, { label }]) => {
          const transitions = budget.transitions[function_];
          return transitions === undefined ? [] : [[label, transitions]];
        }),
      ),
      capacity: capacityOf(this),
    };
    deliverTo(rule, props.watchBudget, props.deadLetters);
    const [target] = rule.targets as CfnRule.TargetProperty[];
    rule.targets = [{ ...target!, input: Stack.of(this).toJsonString(input) }];
  }
}

/** What Aurora has at the least while it is awake. One that never sleeps is not woken by a run. */
const LEAST_ACUS = 0.5;

function capacityOf(scope: IConstruct) {
  const { redshift, aurora } = settingsOf(scope).capacity;
  return {
    redshiftRpus: redshift.base,
    ...(aurora.min === 0 ? { auroraAcus: LEAST_ACUS, auroraPauseMs: AURORA_PAUSE_MINUTES * 60_000 } : {}),
  };
}
