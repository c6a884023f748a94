/** Bad rows: where they lie, and what they say. */
import { deployed, pipelineNamed } from '../operate/connection';
import { contentOf, findRun, latestRuns, type RunRow } from '../operate/ledger';
import { loadedAnew } from '../operate/loads';
import { type BadRow, badRowsOf } from '../operate/quarantine-rows';
import { hadBadRows, type QUARANTINE_STATES, quarantineState, stateText } from '../operate/quarantine-state';
import { count, moment, oneLine, plural, shorten } from '../operate/text';
import { badRecordLines } from '../tasks/stream';
import { connect } from './connect';
import { type Printer, printer, type VerbOptions } from './printer';
import { table } from './terminal';

export type { BadRow } from '../operate/quarantine-rows';

export interface ListQuarantineOptions extends VerbOptions {
  readonly limit: number;
  /** all unless told */
  readonly state?: (typeof QUARANTINE_STATES)[number];
}

export async function listQuarantine(pipeline: string | undefined, options: ListQuarantineOptions): Promise<void> {
  const connection = await connect(options);
  const stacks = await deployed(connection);
  const pipelines = pipeline === undefined ? stacks.pipelines : [pipelineNamed(stacks, pipeline)];
  const runs = (await Promise.all(pipelines.map((one) => latestRuns(connection, stacks, one, options.limit))))
    .flat()
    .filter(hadBadRows);
  const anew = await loadedAnew(connection, stacks, runs);
  const bucket = stacks.foundation.WorkBucketName!;
  const found = runs
    .map((run) => ({ run, of: quarantineState(run, anew.get(run.runId)) }))
    .filter(({ of }) => options.state === undefined || of.state === options.state);
  printer(options).print(
    found.map(
      ({ run: { pipeline: name, runId, files, interval, rejected, status, startedAt, quarantine = [] }, of }) => ({
        pipeline: name,
        runId,
        status,
        files,
        ...(interval ? { interval } : {}),
        rejected,
        startedAt,
        ...of,
        quarantine: quarantine.map((key) => `s3://${bucket}/${key}`),
      }),
    ),
    () =>
      found.length === 0
        ? [options.state === undefined ? 'No bad rows.' : `No bad rows that are ${options.state}.`]
        : [
            ...table(
              ['Run', 'Pipeline', 'Status', 'Bad rows', 'Started', 'File or interval', 'State'],
              found.map(({ run, of }) => [
                run.runId.slice(0, 8),
                run.pipeline,
                run.status.toLowerCase(),
                count(run.rejected),
                moment(run.startedAt),
                contentOf(run, 40),
                stateText(of),
              ]),
              { right: [3] },
            ),
            '',
            'See the rows of one: npx stepwell quarantine show <run>; load them after a fix: npx stepwell quarantine replay <run>',
          ],
  );
}

export async function showQuarantine(run: string, options: VerbOptions & { limit: number }): Promise<void> {
  const connection = await connect(options);
  const found = await findRun(connection, run);
  const { rows, more } = await badRowsOf(connection, found, options.limit);
  const out: Printer = printer(options);
  const { discarded = [] } = found;
  const shortId = found.runId.slice(0, 8);
  out.print(
    { pipeline: found.pipeline, runId: found.runId, rows, more, ...(discarded.length > 0 ? { discarded } : {}) },
    () => [
      ...(rows.length === 0 ? [noRows(found)] : badRowLines(rows)),
      ...discarded.map(
        ({ rows: deleted, source, by, at, reason }) =>
          `${plural(deleted, 'row')}${source === undefined ? '' : ` of ${source}`} ${deleted === 1 ? 'was' : 'were'} discarded by ${by} at ${moment(at)}${reason === undefined ? '' : `: ${reason}`}.`,
      ),
      ...(more ? ['', 'There are more: --limit <n>'] : []),
      ...(rows.some(({ shard }) => shard !== undefined) ? ['', ...badRecordLines(found.pipeline, shortId)] : []),
    ],
  );
}

const noRows = ({ runId, quarantine = [], discarded = [] }: RunRow): string =>
  quarantine.length === 0 && discarded.length === 0
    ? `The run ${runId} has no bad rows.`
    : `The bad rows of run ${runId} are gone: discarded, or older than 365 days.`;

export function badRowLines(rows: readonly BadRow[]): string[] {
  return rows.flatMap(({ column, reason, raw, ...place }) => [
    `${placeOf(place)}${column === null ? '' : `, column ${column}`}: ${oneLine(reason)}`,
    `    ${shorten(oneLine(raw), 110)}`,
  ]);
}

type Place = Pick<BadRow, 'key' | 'line' | 'source' | 'partition' | 'row' | 'shard' | 'sequence'>;

function placeOf({ key, line, source, partition, row, shard, sequence }: Place): string {
  // Of a stream that says more than the file in which its records were put together.
  if (shard !== undefined && sequence !== undefined) return `${shard}, sequence number ${sequence}`;
  if (key !== null) return `${key}${line === null ? '' : `, line ${line}`}`;
  return `${source ?? 'a source'}, partition ${partition ?? '?'}${row === undefined ? '' : `, row ${row}`}`;
}
