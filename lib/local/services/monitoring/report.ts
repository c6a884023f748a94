import type { CloudContext } from '../../service';

/** Puts an AWS service's own metrics, as the service. A metric that cannot be kept is no reason to fail what it measures. */
export function reportMetrics(
  cloud: CloudContext,
  namespace: string,
  dimensions: Readonly<Record<string, string>>,
  values: Readonly<Record<string, number>>,
): void {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  const MetricData = Object.entries(values).map(([MetricName, Value]) => ({ MetricName, Dimensions, Value }));
  cloud
    .call({ kind: 'service', service: 'monitoring.amazonaws.com' }, 'monitoring', 'PutMetricData', {
      Namespace: namespace,
      MetricData,
    })
    .catch((error) =>
      cloud.log(`monitoring: ${namespace} ${Object.keys(values).join(', ')} not recorded: ${error.message}`),
    );
}
