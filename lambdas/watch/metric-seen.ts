/** Until CloudWatch shows the data of the first look: an alarm to which missing data is a breach would go off otherwise, as soon as it is made. */
import { type CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';

export interface SeenServices {
  readonly cloudWatch: CloudWatchClient;
  readonly namespace: string;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
}

const HOUR_MS = 3_600_000;
const ASK_AGAIN_MS = { first: 25, longest: 5_000 } as const;
/** Of a log line it makes a metric within a minute or two. */
const LONGEST_MS = 180_000;

/** False where it does not show them in time. */
export async function metricSeen(
  pipeline: string,
  { cloudWatch, namespace, now, sleep }: SeenServices,
): Promise<boolean> {
  const until = now() + LONGEST_MS;
  for (let wait: number = ASK_AGAIN_MS.first; ; wait = Math.min(2 * wait, ASK_AGAIN_MS.longest)) {
    const { Datapoints = [] } = await cloudWatch.send(
      new GetMetricStatisticsCommand({
        Namespace: namespace,
        MetricName: 'Problems',
        Dimensions: [{ Name: 'pipeline', Value: pipeline }],
        StartTime: new Date(now() - HOUR_MS),
        EndTime: new Date(now() + HOUR_MS),
        Period: 3600,
        Statistics: ['SampleCount'],
      }),
    );
    if (Datapoints.length > 0) return true;
    if (now() > until) return false;
    await sleep(wait);
  }
}
