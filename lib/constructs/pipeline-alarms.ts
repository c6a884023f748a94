import { CfnPermission, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { alarm } from './alarm';
import { METRICS_NAMESPACE, PREFIX } from './names';

export interface PipelineAlarmsProps {
  readonly pipeline: string;
  readonly stateMachineArn: string;
  readonly deadLetterQueueName: string;
  readonly reportFailure: IFunction;
  /** share of a run's rows, 0 to 1 */
  readonly quarantineRate: number;
  readonly topicArn: readonly string[];
}

/**
 * What needs a person. A failed run sends its own email, with its cause (report-failure); an alarm for the same would be a
 * second, emptier one. So the alarms of failed, timed out and aborted runs call the same function, which tells of runs whose events
 * were lost and of no other. What hinders it has alarms that mail.
 */
export class PipelineAlarms extends Construct {
  readonly arns: string[];

  constructor(scope: Construct, id: string, props: PipelineAlarmsProps) {
    super(scope, id);
    const { pipeline, topicArn } = props;
    const name = (what: string) => `${PREFIX}-${pipeline}-${what}`;
    const states = (metric: string) => ({
      namespace: 'AWS/States',
      name: metric,
      dimensions: { StateMachineArn: props.stateMachineArn },
      statistic: 'Sum' as const,
    });
    const reporting = (construct: string, what: string, metric: string, description: string) =>
      alarm(this, construct, {
        name: name(what),
        description,
        metric: states(metric),
        above: 0,
        topicArn: props.reportFailure.functionArn,
      });
    new CfnPermission(this, 'ReportFailure', {
      action: 'lambda:InvokeFunction',
      functionName: props.reportFailure.functionName,
      principal: 'lambda.alarms.cloudwatch.amazonaws.com',
      sourceAccount: Aws.ACCOUNT_ID,
      sourceArn: `arn:${Aws.PARTITION}:cloudwatch:${Aws.REGION}:${Aws.ACCOUNT_ID}:alarm:${name('*')}`,
    });

    const alarms = [
      reporting(
        'Failed',
        'failed',
        'ExecutionsFailed',
        `A run of ${pipeline} failed. Its email says why and how to redrive it.`,
      ),
      reporting(
        'TimedOut',
        'timed-out',
        'ExecutionsTimedOut',
        `A run of ${pipeline} took longer than the pipeline's timeout.`,
      ),
      reporting('Aborted', 'aborted', 'ExecutionsAborted', `Somebody stopped a run of ${pipeline}.`),
      alarm(this, 'Throttled', {
        name: name('throttled'),
        description: `Step Functions throttles ${pipeline}: runs go on, but late. Start fewer at once, or ask for a higher quota.`,
        metric: states('ExecutionThrottled'),
        above: 0,
        topicArn,
      }),
      alarm(this, 'DeadLetters', {
        name: name('dead-letters'),
        description: `An event of ${pipeline} could not be delivered: a file that landed may not be loaded, or a failure not reported. Look into the queue ${props.deadLetterQueueName}.`,
        metric: {
          namespace: 'AWS/SQS',
          name: 'ApproximateNumberOfMessagesVisible',
          dimensions: { QueueName: props.deadLetterQueueName },
          statistic: 'Maximum',
        },
        above: 0,
        topicArn,
      }),
      alarm(this, 'ReportFailureErrors', {
        name: name('report-failure-errors'),
        description: `report-failure of ${pipeline} fails: a run may have failed without an email. Look at the state machine's executions.`,
        metric: {
          namespace: 'AWS/Lambda',
          name: 'Errors',
          dimensions: { FunctionName: props.reportFailure.functionName },
          statistic: 'Sum',
        },
        above: 0,
        topicArn,
      }),
      alarm(this, 'QuarantineRate', {
        name: name('quarantine-rate'),
        description: `More than ${percent(props.quarantineRate)} % of the rows of a run of ${pipeline} are in quarantine. Look at the reasons there, and at what the sender changed.`,
        metric: {
          namespace: METRICS_NAMESPACE,
          name: 'QuarantineRate',
          dimensions: { pipeline },
          statistic: 'Maximum',
        },
        above: percent(props.quarantineRate),
        topicArn,
      }),
    ];
    this.arns = alarms.map(({ attrArn }) => attrArn);
  }
}

const percent = (share: number): number => Number((share * 100).toFixed(4));
