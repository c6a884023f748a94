import { CfnRule } from 'aws-cdk-lib/aws-events';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { CompiledPipeline, KeyMatcher } from '../compiler/types';
import { deliverTo, OWN_EVENT_SOURCE, startExecution } from './event-targets';
import { Gathering } from './gathering';
import { stateMachineArn } from './names';
import { PipelineSchedule, type ScheduleSpec } from './schedule';

export interface PipelineEventsProps {
  readonly pipeline: string;
  readonly stateMachineArn: string;
  readonly landingBucketName: string;
  /** keys in the landing bucket */
  readonly arrival?: { readonly keys: readonly KeyMatcher[] };
  readonly schedule?: ScheduleSpec;
  /** arrivals go to this function, which starts runs of many */
  readonly gather?: { readonly plan: NonNullable<CompiledPipeline['gather']>; readonly function: IFunction };
  /** the pipeline whose runs start one of this */
  readonly after?: { readonly pipeline: string };
  readonly reportFailure: IFunction;
  /** absent without a Redshift sink */
  readonly redshiftStatementFinished?: IFunction;
  /** hears of the end of jobs on Spark; absent without a model there */
  readonly spark?: { readonly applicationId: string; readonly function: IFunction };
  /** gives turns on; absent where runs need none */
  readonly turn?: IFunction;
  readonly deadLetters: IQueue;
}

/** What starts the pipeline's runs, and what hears of their ends. */
export class PipelineEvents extends Construct {
  /** What starts runs: what a run needs must be there first. */
  readonly starts: Construct;
  readonly alarmArns: string[] = [];

  constructor(scope: Construct, id: string, props: PipelineEventsProps) {
    super(scope, id);
    const { pipeline, stateMachineArn, deadLetters } = props;
    this.starts = props.schedule
      ? new PipelineSchedule(this, 'Schedule', { pipeline, stateMachineArn, deadLetters, schedule: props.schedule })
      : props.after
        ? this.after(props, props.after.pipeline)
        : props.gather
          ? this.gathered(props, props.gather)
          : this.arrival(props);

    const failure = new CfnRule(this, 'Failure', {
      description: `Reports runs of ${pipeline} that failed`,
      eventPattern: {
        source: ['aws.states', OWN_EVENT_SOURCE],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'], stateMachineArn: [stateMachineArn] },
      },
    });
    deliverTo(failure, props.reportFailure, deadLetters);
    if (props.turn !== undefined) {
      const ended = new CfnRule(this, 'TurnEnded', {
        description: `Gives the turn of runs of ${pipeline} that failed on to the next`,
        eventPattern: failure.eventPattern,
      });
      deliverTo(ended, props.turn, deadLetters);
    }
    const success = new CfnRule(this, 'Success', {
      description: `Tells of runs of ${pipeline} that have succeeded`,
      eventPattern: {
        source: ['aws.states', OWN_EVENT_SOURCE],
        'detail-type': ['Step Functions Execution Status Change'],
        // The output is a text here: of the runs that succeed only those of which there is something to tell.
        detail: { status: ['SUCCEEDED'], stateMachineArn: [stateMachineArn], output: [{ wildcard: '*"tell":*' }] },
      },
    });
    deliverTo(success, props.reportFailure, deadLetters);

    if (props.spark !== undefined) this.jobs(props, props.spark);
    if (props.redshiftStatementFinished !== undefined) {
      const finished = new CfnRule(this, 'RedshiftStatement', {
        description: `Completes the tasks of ${pipeline} that wait for a Redshift statement`,
        eventPattern: {
          source: ['aws.redshift-data'],
          'detail-type': ['Redshift Data Statement Status Change'],
          // Also those of another environment in the account, which the ledger of this one does not know.
          detail: { statementName: [{ prefix: `stepwell/${pipeline}/` }] },
        },
      });
      deliverTo(finished, props.redshiftStatementFinished, deadLetters);
    }
  }

  /** However they end: a job that fails or is cancelled is billed too, and the state machine never gets to who notes it. */
  private jobs(
    { pipeline, deadLetters }: PipelineEventsProps,
    { applicationId, function: to }: NonNullable<PipelineEventsProps['spark']>,
  ): void {
    const ended = new CfnRule(this, 'SparkJob', {
      description: `Notes what jobs of ${pipeline} on Spark have used`,
      eventPattern: {
        source: ['aws.emr-serverless'],
        'detail-type': ['EMR Serverless Job Run State Change'],
        detail: { applicationId: [applicationId], state: ['SUCCESS', 'FAILED', 'CANCELLED'] },
      },
    });
    const inputTemplate = '{"action":"ended","job":<job>}';
    deliverTo(ended, to, deadLetters, { inputPathsMap: { job: '$.detail.jobRunId' }, inputTemplate });
  }

  /** The output is a text here: of the executions that succeed only those that have published say so in it. */
  private after({ pipeline, stateMachineArn: own, deadLetters }: PipelineEventsProps, upstream: string): CfnRule {
    const rule = new CfnRule(this, 'After', {
      description: `Starts ${pipeline} when ${upstream} has published`,
      eventPattern: {
        source: ['aws.states', OWN_EVENT_SOURCE],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: {
          status: ['SUCCEEDED'],
          stateMachineArn: [stateMachineArn(upstream)],
          output: [{ wildcard: '*"published":*' }],
        },
      },
    });
    const inputTemplate = `{"after":{"pipeline":"${upstream}","runId":<runId>,"time":<time>}}`;
    const inputPathsMap = { runId: '$.detail.name', time: '$.time' };
    startExecution(rule, own, { inputPathsMap, inputTemplate }, deadLetters);
    return rule;
  }

  private gathered(
    { pipeline, landingBucketName, arrival, deadLetters }: PipelineEventsProps,
    { plan, function: to }: NonNullable<PipelineEventsProps['gather']>,
  ): Construct {
    const keys = arrival?.keys ?? [];
    const gathering = new Gathering(this, 'Gathering', {
      pipeline,
      gather: plan,
      keys,
      landingBucketName,
      function: to,
      deadLetters,
    });
    this.alarmArns.push(gathering.alarmArn);
    return gathering.arrival;
  }

  private arrival({
    pipeline,
    stateMachineArn,
    landingBucketName,
    arrival,
    deadLetters,
  }: PipelineEventsProps): CfnRule {
    const rule = new CfnRule(this, 'Arrival', {
      description: `Starts ${pipeline} when a file lands`,
      // Every reason: a multipart upload and a copy are no PutObject. The exact globs are matched by Admit.
      eventPattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: { bucket: { name: [landingBucketName] }, object: { key: arrival?.keys ?? [] } },
      },
    });
    startExecution(rule, stateMachineArn, ARRIVAL_INPUT, deadLetters);
    return rule;
  }
}

const ARRIVAL_PATHS = {
  bucket: '$.detail.bucket.name',
  key: '$.detail.object.key',
  versionId: '$.detail.object.version-id',
  etag: '$.detail.object.etag',
  size: '$.detail.object.size',
  sequencer: '$.detail.object.sequencer',
  time: '$.time',
} as const;

/** `{"arrival":{"bucket":<bucket>,…}}`: EventBridge puts JSON values in place of the names, quotes and escapes included. */
const ARRIVAL_INPUT = {
  inputPathsMap: { ...ARRIVAL_PATHS },
  inputTemplate: `{"arrival":{${Object.keys(ARRIVAL_PATHS)
    .map((name) => `"${name}":<${name}>`)
    .join(',')}}}`,
};
