/** Alarms of CloudWatch: what is in ALARM, since when and why. */
import {
  CloudWatchClient,
  type CompositeAlarm,
  DescribeAlarmsCommand,
  type MetricAlarm,
} from '@aws-sdk/client-cloudwatch';
import { type Connection, deployed, pipelineNamed } from '../operate/connection';
import { prefixOf } from '../operate/environment';
import { EXIT } from '../operate/errors';
import { moment, plural } from '../operate/text';
import { connect } from './connect';
import { printer, type VerbOptions } from './printer';
import { green, red, table, yellow } from './terminal';

export interface AlarmRow {
  readonly name: string;
  readonly state: string;
  /** ISO 8601 */
  readonly since?: string;
  readonly reason?: string;
  /** what it means, and what to do */
  readonly description?: string;
}

/** Exit code 1 while one is in ALARM, so that a script can ask. */
export async function alarms(
  pipeline: string | undefined,
  { all = false, ...options }: VerbOptions & { readonly all?: boolean },
): Promise<void> {
  const connection = await connect(options);
  if (pipeline !== undefined) pipelineNamed(await deployed(connection), pipeline);
  const found = await alarmsOf(connection, pipeline);
  const wrong = found.filter(({ state }) => state === 'ALARM');
  const shown = all ? found : found.filter(({ state }) => state !== 'OK');
  printer(options).print(shown, (rows) => [
    ...(rows.length > 0 ? table(['State', 'Alarm', 'Since'], rows.map(cells)) : []),
    ...wrong.flatMap(({ name, description }) => ['', `${name}`, `  ${description ?? ''}`]),
    ...(rows.length > 0 ? [''] : []),
    found.length === 0
      ? 'There are no alarms.'
      : wrong.length === 0
        ? green(`None of ${plural(found.length, 'alarm')} is in ALARM.`)
        : red(`${wrong.length} of ${plural(found.length, 'alarm')} in ALARM.`),
  ]);
  if (wrong.length > 0) process.exitCode = EXIT.failed;
}

const cells = ({ state, name, since }: AlarmRow): string[] => [
  state === 'ALARM' ? red(state) : state === 'OK' ? green(state) : yellow('no data'),
  name,
  since === undefined ? '' : moment(since),
];

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
