/** How runs that were followed to their end are told, by `drop`, `run` and `redrive`. */

import type { FollowedRun } from '../operate/follow';
import { intervalOption } from '../operate/intervals';
import { missingLines, newRunLines } from '../operate/remedy';
import { count, duration, oneLine, oneStop, plural } from '../operate/text';
import { isRepeatedByRedrive } from '../tasks/failed-run';
import type { ManyFiles } from '../tasks/gather';
import type { Interval } from '../tasks/schedule';
import { printer, type VerbOptions } from './printer';
import { elapsedMs, isPartial, outcomeOf } from './run-lines';
import { green, red, yellow } from './terminal';

/** The command that loads the object of a key again, in place of what it has loaded. */
export type Reload = (key: string) => string;

/** Prints them; the exit code is 0 only if each has succeeded. */
export function printOutcome(
  pipeline: string,
  runs: readonly FollowedRun[],
  options: VerbOptions,
  interval?: Interval,
  reload?: Reload,
  manyFiles?: ManyFiles,
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
  printer(options).print(documents, () =>
    runs.flatMap((run) => outcomeLines(pipeline, run, interval, reload, manyFiles)),
  );
}

function outcomeLines(
  pipeline: string,
  run: FollowedRun,
  interval: Interval | undefined,
  reload: Reload | undefined,
  manyFiles: ManyFiles | undefined,
): string[] {
  const { key, executionArn, progress } = run;
  const runId = executionArn?.split(':').at(-1) ?? '';
  const short = runId.slice(0, 8);
  if (executionArn === undefined) {
    return [
      red(`✗ ${key}: no run has started. Is the key one that the pipeline waits for? See also its dead-letter queue.`),
    ];
  }
  if (progress.status !== 'SUCCEEDED') {
    const repeated = isRepeatedByRedrive({
      error: progress.error?.name ?? progress.status,
      step: progress.steps.at(-1)?.name,
      scheduled: interval !== undefined,
    });
    return [
      red(
        `✗ ${key}: ${outcomeOf(run)}${progress.error ? `: ${progress.error.name}: ${oneStop(oneLine(progress.error.cause))}` : ''}`,
      ),
      `  Look closer:  npx stepwell show ${short}`,
      ...(repeated
        ? newRunLines(pipeline, interval, undefined, manyFiles && { ...manyFiles, runId: short }).map(
            (line) => `  ${line}`,
          )
        : [`  Redrive it:   npx stepwell redrive ${pipeline} ${runId}`]),
    ];
  }
  const { output = {} } = progress;
  const again = interval
    ? `  npx stepwell run ${pipeline} --interval ${intervalOption(interval)} --reprocess`
    : output.outcome === 'duplicate' && reload && `  ${reload(key)}`;
  if (output.outcome !== undefined)
    return [yellow(`✓ ${key}: ${output.outcome}: ${output.reason ?? ''}`), ...(again ? [again] : [])];
  const partial = isPartial(progress) ? ` without ${plural(output.failed?.length ?? 0, 'partition')}: partial` : '';
  return [
    (partial ? yellow : green)(
      `${partial ? '!' : '✓'} ${key}${partial}: ${plural(output.rows ?? 0, 'row')}, ${count(output.rejected ?? 0)} rejected, in ${duration(elapsedMs(progress, Date.now()))}`,
    ),
    ...(output.published ?? []).map(({ sink, rows }) => `  ${sink}: ${plural(rows, 'row')}`),
    ...(output.warnings ?? []).map((warning) => yellow(`  warning: ${warning}`)),
    ...(output.notes ?? []).map((note) => `  note: ${note}`),
    ...(partial ? missingLines(runId, interval !== undefined).map((line) => `  ${line}`) : []),
    ...((output.rejected ?? 0) > 0 ? [`  See the bad rows: npx stepwell quarantine show ${short}`] : []),
  ];
}
