/** Alarms of CloudWatch: what is in ALARM, since when and why. */
import {
  CloudWatchClient,
  type CompositeAlarm,
  DescribeAlarmsCommand,
  type MetricAlarm,
} from '@aws-sdk/client-cloudwatch';
import type { Connection } from './connection';
import { prefixOf } from './environment';

export interface AlarmRow {
  readonly name: string;
  readonly state: string;
  /** ISO 8601 */
  readonly since?: string;
  readonly reason?: string;
  /** what it means, and what to do */
  readonly description?: string;
}

/** Those of all pipelines and of the foundation, or of one pipeline; what is in ALARM first. */
export async function alarmsOf({ client, environment }: Connection, pipeline?: string): Promise<AlarmRow[]> {
  const prefix = `${prefixOf(environment)}-${pipeline === undefined ? '' : `${pipeline}-`}`;
  const cloudWatch = new CloudWatchClient(client);
  const rows: AlarmRow[] = [];
  let NextToken: string | undefined;
  do {
    const page = await cloudWatch.send(
      new DescribeAlarmsCommand({
        AlarmNamePrefix: prefix,
        AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
        NextToken,
      }),
    );
    rows.push(...[...(page.CompositeAlarms ?? []), ...(page.MetricAlarms ?? [])].map(rowOf));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  const rank = ({ state }: AlarmRow) => ['ALARM', 'INSUFFICIENT_DATA', 'OK'].indexOf(state);
  return rows
    .filter(({ name }) => pipeline === undefined || !isOfLongerName(name, prefix, rows))
    .sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

const rowOf = (alarm: MetricAlarm | CompositeAlarm): AlarmRow => ({
  name: alarm.AlarmName!,
  state: alarm.StateValue!,
  ...(alarm.StateTransitionedTimestamp ? { since: alarm.StateTransitionedTimestamp.toISOString() } : {}),
  ...(alarm.StateReason ? { reason: alarm.StateReason } : {}),
  ...(alarm.AlarmDescription ? { description: alarm.AlarmDescription } : {}),
});

/** `stepwell-orders-eu-failed` is of `orders-eu`, where there is one: it has all that a pipeline has. */
const isOfLongerName = (name: string, prefix: string, rows: readonly AlarmRow[]): boolean =>
  rows.some(({ name: other }) => {
    const longer = /^(.+)-problems$/.exec(other)?.[1];
    return longer?.startsWith(prefix) === true && name.startsWith(`${longer}-`);
  });

/** Among pipelines with these names. */
export function pipelineOfAlarm(
  name: string,
  pipelines: readonly string[],
  { environment }: Pick<Connection, 'environment'>,
): string | undefined {
  const prefix = prefixOf(environment);
  return pipelines
    .filter((pipeline) => name.startsWith(`${prefix}-${pipeline}-`))
    .sort((a, b) => b.length - a.length)[0];
}
