/** Metrics in log lines: the CloudWatch embedded metric format. Pure. */
import type { MetricDatum } from '@aws-sdk/client-cloudwatch';

export interface EmbeddedMetrics {
  readonly namespace: string;
  readonly data: readonly MetricDatum[];
}

interface Directive {
  readonly Namespace?: unknown;
  readonly Dimensions?: unknown;
  readonly Metrics?: unknown;
}

/** Nothing for a line that is not in the format; AWS, too, takes no notice of broken ones. */
export function embeddedMetrics(line: string, loggedAt: number): readonly EmbeddedMetrics[] {
  if (!line.includes('"_aws"')) return [];
  const document = parse(line);
  const metadata = document?._aws as { Timestamp?: unknown; CloudWatchMetrics?: unknown } | undefined;
  if (!document || !Array.isArray(metadata?.CloudWatchMetrics)) return [];
  const at = typeof metadata.Timestamp === 'number' ? metadata.Timestamp : loggedAt;
  return metadata.CloudWatchMetrics.flatMap((directive: Directive) => readDirective(directive, document, new Date(at)));
}

function readDirective(
  { Namespace, Dimensions = [[]], Metrics }: Directive,
  document: Readonly<Record<string, unknown>>,
  Timestamp: Date,
): EmbeddedMetrics[] {
  if (typeof Namespace !== 'string' || !Array.isArray(Dimensions) || !Array.isArray(Metrics)) return [];
  const sets = Dimensions.length > 0 ? Dimensions : [[]];
  const data = sets.flatMap((names: unknown) => {
    const dimensions = Array.isArray(names)
      ? names.map((Name: string) => ({ Name, Value: String(document[Name]) }))
      : [];
    return Metrics.flatMap(({ Name, Unit }: { Name: string; Unit?: MetricDatum['Unit'] }): MetricDatum[] => {
      const values = [document[Name]].flat().filter((value) => typeof value === 'number' && Number.isFinite(value));
      if (values.length === 0) return [];
      return [
        { MetricName: Name, Dimensions: dimensions, Timestamp, Values: values as number[], ...(Unit ? { Unit } : {}) },
      ];
    });
  });
  return [{ namespace: Namespace, data }];
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const document = JSON.parse(line.slice(line.indexOf('{')));
    return typeof document === 'object' && document !== null ? document : undefined;
  } catch {
    return undefined;
  }
}
