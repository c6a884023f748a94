/** A line of CloudWatch's embedded metric format: written to the log, it is a metric. Without dimensions it is one of all pipelines together. */

export interface EmbeddedMetrics {
  readonly namespace: string;
  /** milliseconds since 1970 */
  readonly timestamp: number;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly metrics: readonly { readonly name: string; readonly unit: string; readonly value: number }[];
}

export function embeddedLine({ namespace, timestamp, dimensions, metrics }: EmbeddedMetrics): string {
  return JSON.stringify({
    _aws: {
      Timestamp: timestamp,
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: [Object.keys(dimensions)],
          Metrics: metrics.map(({ name, unit }) => ({ Name: name, Unit: unit })),
        },
      ],
    },
    ...dimensions,
    ...Object.fromEntries(metrics.map(({ name, value }) => [name, value])),
  });
}
