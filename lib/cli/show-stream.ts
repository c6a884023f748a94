/** How the stream of a pipeline does, and the latest runs that have published from it. */
import type { Connection, Deployed, DeployedPipeline, DeployedStream } from '../operate/connection';
import { waitingText } from '../operate/gathering';
import { latestRuns } from '../operate/ledger';
import { stateOf } from '../operate/pause-note';
import { HOT, MEASURED_MINUTES, type Rate, type StreamState, streamState } from '../operate/stream';
import { duration, moment, plural, sizeText } from '../operate/text';
import { stateText } from './pipeline-states';
import { printer, type VerbOptions } from './printer';
import { runTable } from './runs';
import { bold, red, table, yellow } from './terminal';

const RUNS_SHOWN = 5;

export async function showStream(
  connection: Connection,
  stacks: Deployed,
  at: DeployedPipeline & { readonly stream: DeployedStream },
  options: VerbOptions,
): Promise<void> {
  const [stream, state, runs] = await Promise.all([
    streamState(connection, stacks, at),
    stateOf(connection, stacks, at),
    latestRuns(connection, stacks, at, RUNS_SHOWN),
  ]);
  printer(options).print({ ...stream, state: state.state, runs }, () => [
    ...streamLines(stream, stateText(at.name, state)),
    '',
    ...shardTable(stream),
    '',
    ...(runs.length === 0 ? ['No runs yet.'] : runTable(runs)),
  ]);
}

export function streamLines(stream: StreamState, state: string): string[] {
  const { mapping, put, refusedPuts, refusedReads, givenUp, lastStaged, waiting } = stream;
  const refused = [
    ...(refusedPuts > 0 ? [`${plural(refusedPuts, 'put')} refused`] : []),
    ...(refusedReads > 0 ? [`${plural(refusedReads, 'read')} refused`] : []),
  ];
  const facts: [string, string | undefined][] = [
    ['Pipeline', stream.pipeline],
    ['State', state],
    ['Stream', `${stream.stream}, ${stream.status.toLowerCase()}, keeps records for ${stream.retentionHours} h`],
    ['Mapping', `${mapping.state.toLowerCase()}${trouble(mapping.lastResult)}`],
    ['Behind', behindText(stream)],
    ['Put', `${rateText(put)}, over ${MEASURED_MINUTES} minutes`],
    ['Too hot', refused.length > 0 ? red(refused.join(', ')) : undefined],
    [
      'Given up',
      givenUp === 0
        ? 'nothing'
        : red(
            `${plural(givenUp, 'batch', 'batches')}; to take them again, when their cause is mended: npx stepwell redrive ${stream.pipeline} --given-up`,
          ),
    ],
    ['Staged', lastStaged && `${sizeText(lastStaged.bytes)} at ${moment(lastStaged.at)}: ${lastStaged.key}`],
    ['Waits', waiting ? `${waitingText(waiting)}, for the next run` : 'nothing, for the next run'],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [`${bold(name.padEnd(9))} ${value}`]));
}

function behindText({ iteratorAgeMs, lateAlarm }: StreamState): string {
  if (iteratorAgeMs === undefined) return 'nothing was read in the last minutes';
  if (lateAlarm === undefined) return duration(iteratorAgeMs);
  const text = `${duration(iteratorAgeMs)}; an alarm tells of more than ${duration(lateAlarm.aboveMs)}`;
  return iteratorAgeMs > lateAlarm.aboveMs ? red(text) : text;
}

/** Nothing where it went well, or there was nothing to do. */
const trouble = (result = 'OK'): string =>
  ['ok', 'no records processed'].includes(result.toLowerCase()) ? '' : `: ${yellow(result)}`;

const rateText = ({ recordsPerSecond, bytesPerSecond }: Rate): string =>
  `${perSecond(recordsPerSecond)} records/s, ${sizeText(bytesPerSecond)}/s`;

const perSecond = (value: number): string =>
  value === 0 ? '0' : value < 10 ? value.toFixed(2) : Math.round(value).toLocaleString('en');

function shardTable({ shards }: StreamState): string[] {
  return table(
    ['Shard', 'Records/s', 'Bytes/s', 'Warmest minute'],
    shards.map((shard) => [
      `${shard.shard}${shard.isOpen ? '' : ' (closed)'}`,
      perSecond(shard.recordsPerSecond),
      sizeText(shard.bytesPerSecond),
      heatText(shard.heat),
    ]),
    { right: [1, 2, 3] },
  );
}

function heatText(heat: number): string {
  const text = `${Math.round(heat * 100)} %`;
  return heat >= HOT ? red(text) : text;
}
