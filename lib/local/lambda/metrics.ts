/** The AWS/Lambda metrics of all functions, gathered for a second and put at once. */
import type { CloudContext } from '../service';

const FLUSH_AFTER_MS = 1_000;
const MAX_DATA_PER_CALL = 500;

type MetricName =
  | 'Invocations'
  | 'Errors'
  | 'Throttles'
  | 'Duration'
  | 'ConcurrentExecutions'
  | 'DeadLetterErrors'
  | 'DestinationDeliveryFailures'
  | 'AsyncEventsReceived'
  | 'AsyncEventsDropped';

interface Statistic {
  count: number;
  sum: number;
  minimum: number;
  maximum: number;
}

export class LambdaMetrics {
  private readonly gathered = new Map<string, Statistic>();
  private timer: NodeJS.Timeout | undefined;
  private isReported = false;

  constructor(private readonly cloud: CloudContext) {}

  add(functionName: string, metric: MetricName, value: number): void {
    const key = `${metric} ${functionName}`;
    const known = this.gathered.get(key);
    if (known === undefined) this.gathered.set(key, { count: 1, sum: value, minimum: value, maximum: value });
    else {
      known.count += 1;
      known.sum += value;
      known.minimum = Math.min(known.minimum, value);
      known.maximum = Math.max(known.maximum, value);
    }
    this.timer ??= setTimeout(() => void this.flush(), FLUSH_AFTER_MS).unref();
  }

  /** Never rejects: metrics are no reason to fail an invocation. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const now = new Date(this.cloud.clock.now());
    const data = [...this.gathered].map(([key, { count, sum, minimum, maximum }]) => {
      const [metric = '', functionName = ''] = key.split(' ');
      return {
        MetricName: metric,
        Dimensions: [{ Name: 'FunctionName', Value: functionName }],
        Timestamp: now,
        Unit: metric === 'Duration' ? 'Milliseconds' : 'Count',
        StatisticValues: { SampleCount: count, Sum: sum, Minimum: minimum, Maximum: maximum },
      };
    });
    this.gathered.clear();
    const principal = { kind: 'service', service: 'lambda.amazonaws.com' } as const;
    for (let from = 0; from < data.length; from += MAX_DATA_PER_CALL) {
      const input = { Namespace: 'AWS/Lambda', MetricData: data.slice(from, from + MAX_DATA_PER_CALL) };
      await this.cloud.call(principal, 'monitoring', 'PutMetricData', input).catch((error: Error) => {
        if (!this.isReported) this.cloud.log(`The metrics of AWS/Lambda cannot be put: ${error.message}`);
        this.isReported = true;
      });
    }
  }
}
