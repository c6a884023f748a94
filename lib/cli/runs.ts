import { deployed, pipelineNamed } from '../operate/connection';
import { contentOf, isPartial, latestRuns, type RunRow } from '../operate/ledger';
import { loadedAnew } from '../operate/loads';
import { count, duration, moment } from '../operate/text';
import { type Wait, waitsOf } from '../operate/turns';
import { connect } from './connect';
import { printer, type VerbOptions } from './printer';
import { green, red, table, yellow } from './terminal';

/** The latest runs of one pipeline, or of all. */
export async function runs(pipeline: string | undefined, options: VerbOptions & { limit: number }): Promise<void> {
  const connection = await connect(options);
  const stacks = await deployed(connection);
  const pipelines = pipeline === undefined ? stacks.pipelines : [pipelineNamed(stacks, pipeline)];
  const found = (await Promise.all(pipelines.map((one) => latestRuns(connection, stacks, one, options.limit))))
    .flat()
    .sort((a, b) => b.startedAt.localeCompare(a.startedAt))
    .slice(0, options.limit);
  const anew = await loadedAnew(connection, stacks, found.filter(isPartial));
  const waits = await waitsOf(connection, stacks, found);
  const document = found.map((run) => ({
    ...run,
    ...(waits.has(run.runId) ? { waits: waits.get(run.runId)! } : {}),
    ...(anew.has(run.runId) ? { loadedAnewBy: anew.get(run.runId)! } : {}),
  }));
  printer(options).print(document, (rows) => (rows.length === 0 ? ['No runs yet.'] : runTable(rows)));
}

type ListedRun = RunRow & { readonly loadedAnewBy?: string; readonly waits?: Wait };

export function runTable(rows: readonly ListedRun[]): string[] {
  return table(
    ['Run', 'Pipeline', 'Status', 'Rows', 'Bad', 'Started', 'Time', 'File or interval'],
    rows.map((run) => [
      run.runId.slice(0, 8),
      run.pipeline,
      isPartial(run) ? partialStatus(run) : run.waits ? waitingStatus(run.waits) : coloredStatus(run.status),
      count(run.rows),
      count(run.rejected),
      moment(run.startedAt),
      duration(Date.parse(run.endedAt ?? new Date().toISOString()) - Date.parse(run.startedAt)),
      contentOf(run, 32),
    ]),
    { right: [3, 4, 6] },
  );
}

/** With the run that has loaded the same since, whose own line says whether anything is missing still. */
const partialStatus = ({ loadedAnewBy: by }: ListedRun): string =>
  by === undefined ? yellow('partial') : `partial, then ${by.slice(0, 8)}`;

const waitingStatus = ({ behind }: Wait): string =>
  yellow(`waits${behind === undefined ? '' : ` for ${behind.slice(0, 8)}`}`);

export function coloredStatus(status: string): string {
  const text = status.toLowerCase().replace('_', ' ');
  if (status === 'SUCCEEDED') return green(text);
  return status === 'RUNNING' || status === 'SKIPPED' ? yellow(text) : red(text);
}
