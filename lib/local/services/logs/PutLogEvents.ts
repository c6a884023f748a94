import type { MetricDatum } from '@aws-sdk/client-cloudwatch';
import type {
  InputLogEvent,
  PutLogEventsCommandInput,
  PutLogEventsCommandOutput,
} from '@aws-sdk/client-cloudwatch-logs';
import { AwsError, type CloudContext } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { embeddedMetrics } from './emf';
import { filteredMetrics } from './metric-filters';
import { accessTo, type LogLine, type LogsState } from './state';
import { notifySubscribers } from './subscriptions';

type Output = Omit<PutLogEventsCommandOutput, '$metadata'>;

const MAX_EVENTS = 10_000;
const MAX_BATCH_BYTES = 1_048_576;
const EVENT_OVERHEAD_BYTES = 26;
const OLDEST_MS = 14 * 86_400_000;
const NEWEST_MS = 2 * 3_600_000;
const MAX_METRICS = 1_000;

/** Lines in the embedded metric format become metrics, as on AWS. */
export const PutLogEvents: OperationOf<LogsState, PutLogEventsCommandInput, Output> = (state) => ({
  authorize: ({ logGroupName, logStreamName }, { cloud }) =>
    accessTo('PutLogEvents', cloud, logGroupName, logStreamName),

  async handle(input, { cloud }) {
    requireMembers(input, 'logEvents');
    const stream = state().stream(input.logGroupName, input.logStreamName);
    const events = input.logEvents;
    assertValid(events);

    const now = cloud.clock.now();
    const lines = events.map(
      ({ timestamp = 0, message = '' }): LogLine => ({ timestamp, message: message.trimEnd(), ingestionTime: now }),
    );
    const tooOldEnd = lines.filter(({ timestamp }) => timestamp < now - OLDEST_MS).length;
    const kept = lines.slice(tooOldEnd).filter(({ timestamp }) => timestamp <= now + NEWEST_MS);
    if (kept.length > 0) await state().append(stream, kept);
    await putMetrics(embeddedIn(kept), cloud);
    const group = state().group(input.logGroupName);
    if (group.metricFilters && kept.length > 0) await putMetrics(filteredMetrics(group.metricFilters, kept), cloud);
    notifySubscribers(cloud, group, stream, kept);

    const tooNew = lines.length - tooOldEnd - kept.length;
    const rejectedLogEventsInfo = {
      ...(tooOldEnd > 0 ? { tooOldLogEventEndIndex: tooOldEnd } : {}),
      ...(tooNew > 0 ? { tooNewLogEventStartIndex: lines.length - tooNew } : {}),
    };
    return {
      nextSequenceToken: String(now),
      ...(Object.keys(rejectedLogEventsInfo).length > 0 ? { rejectedLogEventsInfo } : {}),
    };
  },
});

function assertValid(events: readonly InputLogEvent[]): void {
  const bytes = events.reduce((sum, { message = '' }) => sum + Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES, 0);
  if (events.length < 1 || events.length > MAX_EVENTS || bytes > MAX_BATCH_BYTES) {
    const message = `A batch has 1 to ${MAX_EVENTS} log events and at most ${MAX_BATCH_BYTES} bytes; this one has ${events.length} and ${bytes}.`;
    throw new AwsError('InvalidParameterException', message);
  }
  if (events.some(({ timestamp = 0 }, i) => timestamp < (events[i - 1]?.timestamp ?? 0))) {
    const message = 'Log events in a single PutLogEvents request must be in chronological order.';
    throw new AwsError('InvalidParameterException', message);
  }
}

function embeddedIn(lines: readonly LogLine[]): ReadonlyMap<string, MetricDatum[]> {
  const byNamespace = new Map<string, MetricDatum[]>();
  for (const { message, timestamp } of lines) {
    for (const { namespace, data } of embeddedMetrics(message, timestamp)) {
      byNamespace.set(namespace, [...(byNamespace.get(namespace) ?? []), ...data]);
    }
  }
  return byNamespace;
}

async function putMetrics(byNamespace: ReadonlyMap<string, MetricDatum[]>, cloud: CloudContext): Promise<void> {
  for (const [Namespace, data] of byNamespace) {
    for (let i = 0; i < data.length; i += MAX_METRICS) {
      const input = { Namespace, MetricData: data.slice(i, i + MAX_METRICS) };
      await cloud
        .call({ kind: 'service', service: 'logs.amazonaws.com' }, 'monitoring', 'PutMetricData', input)
        .catch((error) =>
          cloud.log(`logs: metrics of ${Namespace} could not be read from a log line: ${error.message}`),
        );
    }
  }
}
