/** Alarms of CloudWatch: what is in ALARM, since when and why. */
import {
  type AlarmHistoryItem,
  CloudWatchClient,
  type CompositeAlarm,
  DescribeAlarmHistoryCommand,
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

/** One change of an alarm's state. */
export interface AlarmChange {
  readonly name: string;
  /** ISO 8601 */
  readonly at: string;
  readonly from: string;
  readonly to: string;
  readonly reason?: string;
}

/** The latest first. CloudWatch keeps them for 30 days. `limit`: at most 100 a call. */
export async function alarmHistory(
  { client, environment }: Connection,
  { name, limit }: { readonly name?: string | undefined; readonly limit: number },
): Promise<AlarmChange[]> {
  const cloudWatch = new CloudWatchClient(client);
  const found: AlarmChange[] = [];
  let NextToken: string | undefined;
  do {
    const page = await cloudWatch.send(
      new DescribeAlarmHistoryCommand({
        AlarmName: name,
        AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
        HistoryItemType: 'StateUpdate',
        ScanBy: 'TimestampDescending',
        MaxRecords: 100,
        NextToken,
      }),
    );
    found.push(...(page.AlarmHistoryItems ?? []).flatMap(changeOf));
    NextToken = page.NextToken;
    // Alarms of others may be in an account as well.
  } while (NextToken !== undefined && found.filter((change) => isOurs(change, environment)).length < limit);
  return found.filter((change) => isOurs(change, environment)).slice(0, limit);
}

const isOurs = ({ name }: AlarmChange, environment: string | undefined): boolean =>
  name.startsWith(`${prefixOf(environment)}-`);

interface HistoryData {
  readonly oldState?: { readonly stateValue?: string };
  readonly newState?: { readonly stateValue?: string; readonly stateReason?: string };
}

function changeOf({ AlarmName, Timestamp, HistoryData = '{}' }: AlarmHistoryItem): AlarmChange[] {
  const { oldState, newState } = JSON.parse(HistoryData) as HistoryData;
  if (newState?.stateValue === undefined) return [];
  return [
    {
      name: AlarmName!,
      at: Timestamp!.toISOString(),
      from: oldState?.stateValue ?? 'INSUFFICIENT_DATA',
      to: newState.stateValue,
      ...(newState.stateReason ? { reason: newState.stateReason } : {}),
    },
  ];
}
