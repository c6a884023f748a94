import { CfnDashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { Aws, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { METRICS_NAMESPACE, stateMachineName } from './names';

export interface PipelineDashboardProps {
  readonly pipeline: string;
  readonly stateMachineArn: string;
  readonly alarmArns: readonly string[];
  /** whose files are looked at */
  readonly sources: readonly string[];
  /** whose records come one by one; absent: none */
  readonly stream?: string;
  /** id → function name */
  readonly functionNames: Readonly<Record<string, string>>;
}

type Metric = readonly (string | { readonly label?: string; readonly stat?: string })[];

const PERIOD_SECONDS = 300;
const WIDTH = 24;
const HEIGHT = 6;

/** One page: alarms, runs, rows, what quarantine takes, how the functions do. */
export function pipelineDashboard(scope: Construct, id: string, props: PipelineDashboardProps): CfnDashboard {
  const { pipeline, stateMachineArn } = props;
  const own = (name: string, label: string, stat = 'Sum'): Metric => [
    METRICS_NAMESPACE,
    name,
    'pipeline',
    pipeline,
    { label, stat },
  ];
  const runs = (name: string, label: string): Metric => [
    'AWS/States',
    name,
    'StateMachineArn',
    stateMachineArn,
    { label },
  ];
  const functions = (name: string, stat: string): Metric[] =>
    Object.entries(props.functionNames).map(([label, fn]) => ['AWS/Lambda', name, 'FunctionName', fn, { label, stat }]);
  const body = {
    widgets: rows([
      [{ type: 'alarm', properties: { title: 'Alarms', alarms: props.alarmArns } }],
      [
        graph('Runs', [
          runs('ExecutionsStarted', 'started'),
          runs('ExecutionsSucceeded', 'succeeded'),
          runs('ExecutionsFailed', 'failed'),
          runs('ExecutionsTimedOut', 'timed out'),
        ]),
        graph('Duration of a run (ms)', [
          own('RunDuration', 'median', 'p50'),
          own('RunDuration', 'longest', 'Maximum'),
        ]),
      ],
      [
        graph('Rows', [
          own('RowsExtracted', 'extracted'),
          own('RowsRejected', 'rejected'),
          own('RowsPublished', 'published'),
        ]),
        graph('In quarantine (% of a run)', [own('QuarantineRate', 'highest', 'Maximum')]),
      ],
      [
        graph('Age (s)', [
          own('PublishedAge', 'published data', 'Maximum'),
          ...props.sources.map(
            (source): Metric => [
              METRICS_NAMESPACE,
              'InputAge',
              'pipeline',
              pipeline,
              'source',
              source,
              { label: `files of ${source}`, stat: 'Maximum' },
            ],
          ),
        ]),
        graph('Problems', [
          own('Problems', 'all', 'Maximum'),
          own('DeadlinesMissed', 'deadlines missed', 'Maximum'),
          own('StuckRuns', 'stuck runs', 'Maximum'),
          own('Paused', 'paused', 'Maximum'),
        ]),
      ],
      ...(props.stream === undefined ? [] : streamRows(props.stream, props.functionNames.consume!)),
      [
        graph('Function errors', functions('Errors', 'Sum')),
        graph('Function duration (ms)', functions('Duration', 'p90')),
      ],
    ]),
  };
  return new CfnDashboard(scope, id, {
    dashboardName: stateMachineName(pipeline),
    dashboardBody: Stack.of(scope).toJsonString(body),
  });
}

/** How fast records come, how long they wait, and what the stream refuses. */
function streamRows(name: string, consume: string): Widget[][] {
  const own = (metric: string, label: string, stat = 'Sum'): Metric => [
    'AWS/Kinesis',
    metric,
    'StreamName',
    name,
    { label, stat },
  ];
  return [
    [
      graph('Records of the stream', [own('IncomingRecords', 'put'), own('GetRecords.Records', 'read')]),
      graph('Bytes of the stream', [own('IncomingBytes', 'put'), own('GetRecords.Bytes', 'read')]),
    ],
    [
      graph('Records wait (ms)', [
        ['AWS/Lambda', 'IteratorAge', 'FunctionName', consume, { label: 'longest', stat: 'Maximum' }],
      ]),
      graph('Too hot', [
        own('WriteProvisionedThroughputExceeded', 'puts refused'),
        own('ReadProvisionedThroughputExceeded', 'reads refused'),
      ]),
    ],
  ];
}

interface Widget {
  readonly type: string;
  readonly properties: object;
}

function graph(title: string, metrics: readonly Metric[]): Widget {
  return {
    type: 'metric',
    properties: { title, metrics, view: 'timeSeries', region: Aws.REGION, stat: 'Sum', period: PERIOD_SECONDS },
  };
}

/** Widgets side by side in each row, as wide as the page together. */
function rows(widgets: readonly (readonly Widget[])[]): object[] {
  return widgets.flatMap((row, index) =>
    row.map((widget, column) => {
      const width = WIDTH / row.length;
      return { ...widget, x: column * width, y: index * HEIGHT, width, height: HEIGHT };
    }),
  );
}
