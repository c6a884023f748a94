import { connect, deployed, pipelineNamed } from './connection';
import { contentOf, isPartial, latestRuns, type RunRow } from './ledger';
import { printer, type VerbOptions } from './printer';
import { count, duration, green, moment, red, table, yellow } from './text';

/** The latest runs of one pipeline, or of all. */
export async function runs(pipeline: string | undefined, options: VerbOptions & { limit: number }): Promise<void> {
  const connection = await connect(options.stateDir);
  const stacks = await deployed(connection);
  const pipelines = pipeline === undefined ? stacks.pipelines : [pipelineNamed(stacks, pipeline)];
  const found = (await Promise.all(pipelines.map((one) => latestRuns(connection, stacks, one, options.limit))))
    .flat()
    .sort((a, b) => b.startedAt.localeCompare(a.startedAt))
    .slice(0, options.limit);
  printer(options).print(found, (rows) => (rows.length === 0 ? ['No runs yet.'] : runTable(rows)));
}

function runTable(rows: readonly RunRow[]): string[] {
  return table(
    ['Run', 'Pipeline', 'Status', 'Rows', 'Bad', 'Started', 'Time', 'File or interval'],
    rows.map((run) => [
      run.runId.slice(0, 8),
      run.pipeline,
      isPartial(run) ? yellow('partial') : coloredStatus(run.status),
      count(run.rows),
      count(run.rejected),
      moment(run.startedAt),
      duration(Date.parse(run.endedAt ?? new Date().toISOString()) - Date.parse(run.startedAt)),
      contentOf(run, 32),
    ]),
    { right: [3, 4, 6] },
  );
}

export function coloredStatus(status: string): string {
  const text = status.toLowerCase().replace('_', ' ');
  if (status === 'SUCCEEDED') return green(text);
  return status === 'RUNNING' || status === 'SKIPPED' ? yellow(text) : red(text);
}
