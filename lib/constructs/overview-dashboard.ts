import { CfnDashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { Aws, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { METRICS_NAMESPACE, PREFIX } from './names';

export interface OverviewDashboardProps {
  readonly alarmArns: readonly string[];
}

const HOUR_SECONDS = 3600;
const WIDTH = 24;
const HEIGHT = 6;

/** All pipelines on one page. It searches for their metrics, so that a pipeline is on it from its first run on, without another deploy. */
export function overviewDashboard(scope: Construct, id: string, { alarmArns }: OverviewDashboardProps): CfnDashboard {
  const widgets = [
    [{ type: 'alarm', properties: { title: 'Anything wrong?', alarms: alarmArns } }],
    [
      found('Problems', 'pipeline', [['Problems', 'Maximum']]),
      found('Deadlines missed', 'pipeline', [['DeadlinesMissed', 'Maximum']]),
      found('Paused', 'pipeline', [['Paused', 'Maximum']]),
    ],
    [
      found('Rows published', 'pipeline', [['RowsPublished', 'Sum']]),
      found('Runs that failed', 'pipeline', [['RunsFailed', 'Sum']]),
      found('Duration of a run (ms)', 'pipeline', [['RunDuration', 'p90']]),
    ],
    [
      found('Age of published data (s)', 'pipeline,table', [['PublishedAge', 'Maximum']]),
      found('Age of inputs (s)', 'pipeline,source', [['InputAge', 'Maximum']]),
      found('In quarantine (% of a run)', 'pipeline', [['QuarantineRate', 'Maximum']]),
    ],
  ];
  const body = {
    widgets: widgets.flatMap((row, index) =>
      row.map((widget, column) => {
        const width = WIDTH / row.length;
        return { ...widget, x: column * width, y: index * HEIGHT, width, height: HEIGHT };
      }),
    ),
  };
  return new CfnDashboard(scope, id, { dashboardName: PREFIX, dashboardBody: Stack.of(scope).toJsonString(body) });
}

/** A line for each pipeline, or each of its tables or sources. */
function found(title: string, dimensions: string, metrics: readonly (readonly [name: string, stat: string])[]) {
  const expressions = metrics.map(([name, stat], index) => [
    {
      id: `e${index}`,
      label: '',
      expression: `SEARCH('{${METRICS_NAMESPACE},${dimensions}} MetricName="${name}"', '${stat}', ${HOUR_SECONDS})`,
    },
  ]);
  return {
    type: 'metric',
    properties: { title, metrics: expressions, view: 'timeSeries', region: Aws.REGION, period: HOUR_SECONDS },
  };
}
