/** How runs that were followed to their end are told, by `drop`, `run` and `redrive`. */
import type { Interval } from '../tasks/schedule';
import type { FollowedRun } from './follow';
import { intervalOption } from './intervals';
import { printer, type VerbOptions } from './printer';
import { elapsedMs, isPartial, outcomeOf } from './run-lines';
import { count, duration, green, oneLine, plural, red, yellow } from './text';

/** Prints them; the exit code is 0 only if each has succeeded. */
export function printOutcome(
  pipeline: string,
  runs: readonly FollowedRun[],
  options: VerbOptions,
  interval?: Interval,
): void {
  const documents = runs.map((run) => ({
    pipeline,
    key: run.key,
    ...(interval ? { interval } : {}),
    runId: run.executionArn?.split(':').at(-1) ?? null,
    status: run.executionArn === undefined ? 'NOT_STARTED' : run.progress.status,
    outcome: run.executionArn === undefined ? 'not started' : outcomeOf(run),
    seconds: (elapsedMs(run.progress, Date.now()) ?? 0) / 1000,
    output: run.progress.output ?? null,
    error: run.progress.error ?? null,
  }));
  process.exitCode = documents.every(({ status }) => status === 'SUCCEEDED') ? 0 : 1;
  printer(options).print(documents, () => runs.flatMap((run) => outcomeLines(pipeline, run, interval)));
}

function outcomeLines(pipeline: string, run: FollowedRun, interval: Interval | undefined): string[] {
  const { key, executionArn, progress } = run;
  const runId = executionArn?.split(':').at(-1) ?? '';
  const short = runId.slice(0, 8);
  if (executionArn === undefined) {
    return [
      red(`✗ ${key}: no run has started. Is the key one that the pipeline waits for? See also its dead-letter queue.`),
    ];
  }
  if (progress.status !== 'SUCCEEDED') {
    return [
      red(
        `✗ ${key}: ${outcomeOf(run)}${progress.error ? `: ${progress.error.name}: ${oneLine(progress.error.cause)}` : ''}`,
      ),
      `  Look closer:  npx stepwell show ${short}`,
      '  What to do:   npx stepwell mail 1',
      `  Redrive it:   npx stepwell redrive ${pipeline} ${runId}`,
    ];
  }
  const { output = {} } = progress;
  const again = interval && `  npx stepwell run ${pipeline} --interval ${intervalOption(interval)} --reprocess`;
  if (output.outcome !== undefined)
    return [yellow(`✓ ${key}: ${output.outcome}: ${output.reason ?? ''}`), ...(again ? [again] : [])];
  const partial = isPartial(progress) ? ` without ${plural(output.failed?.length ?? 0, 'partition')}: partial` : '';
  return [
    (partial ? yellow : green)(
      `${partial ? '!' : '✓'} ${key}${partial}: ${plural(output.rows ?? 0, 'row')}, ${count(output.rejected ?? 0)} rejected, in ${duration(elapsedMs(progress, Date.now()))}`,
    ),
    ...(output.published ?? []).map(({ sink, rows }) => `  ${sink}: ${plural(rows, 'row')}`),
    ...(output.warnings ?? []).map((warning) => yellow(`  warning: ${warning}`)),
    ...(partial && again ? ['  Load the interval again, in place of what it has loaded:', again] : []),
    ...((output.rejected ?? 0) > 0 ? [`  See the bad rows: npx stepwell quarantine show ${short}`] : []),
  ];
}
