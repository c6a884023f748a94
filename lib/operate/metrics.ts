/** Metrics of a pipeline, as CloudWatch has them: what its dashboard shows, as numbers. */
import { CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import type { Connection, DeployedPipeline } from './connection';

export interface Series {
  readonly id: string;
  readonly label: string;
  /** with gaps: nothing was measured then */
  readonly points: readonly (readonly [at: string, value: number])[];
}

export interface Measured {
  readonly name: string;
  readonly label: string;
  readonly stat: 'Sum' | 'Maximum' | 'Average' | 'p50';
  readonly namespace?: string;
}

export interface Span {
  readonly from: Date;
  readonly to: Date;
  readonly periodSeconds: number;
}

export async function seriesOf(
  { client, environment }: Connection,
  { name: pipeline, stateMachineArn }: Pick<DeployedPipeline, 'name' | 'stateMachineArn'>,
  metrics: readonly Measured[],
  { from, to, periodSeconds }: Span,
): Promise<Series[]> {
  const own = environment === undefined ? 'Stepwell' : `Stepwell/${environment}`;
  const queries = metrics.map(({ name, stat, namespace = own }, index): MetricDataQuery => {
    const dimension =
      namespace === 'AWS/States'
        ? { Name: 'StateMachineArn', Value: stateMachineArn }
        : { Name: 'pipeline', Value: pipeline };
    return {
      Id: `m${index}`,
      MetricStat: {
        Metric: { Namespace: namespace, MetricName: name, Dimensions: [dimension] },
        Period: periodSeconds,
        Stat: stat,
      },
    };
  });
  const points = new Map<string, [string, number][]>();
  let NextToken: string | undefined;
  do {
    const page = await new CloudWatchClient(client).send(
      new GetMetricDataCommand({
        MetricDataQueries: queries,
        StartTime: from,
        EndTime: to,
        ScanBy: 'TimestampAscending',
        NextToken,
      }),
    );
    for (const { Id = '', Timestamps = [], Values = [] } of page.MetricDataResults ?? []) {
      const all = points.get(Id) ?? [];
      for (const [index, at] of Timestamps.entries()) all.push([at.toISOString(), Values[index]!]);
      points.set(Id, all);
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return metrics.map(({ name, label }, index) => ({ id: name, label, points: points.get(`m${index}`) ?? [] }));
}
