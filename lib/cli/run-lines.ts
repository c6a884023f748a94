/** A run on one line, and many runs in a window that fits the terminal. */
import type { FollowedRun } from '../operate/follow';
import { type Progress, STEPS, shownSteps } from '../operate/history';
import { count, duration, plural, shorten, widthOf } from '../operate/text';
import { dim, green, padEnd, padStart, red, yellow } from './terminal';

/** What became of it, in a word. */
export function outcomeOf({ executionArn, progress }: FollowedRun): string {
  if (executionArn === undefined) return 'waiting';
  if (progress.status === 'SUCCEEDED') return progress.output?.outcome ?? (isPartial(progress) ? 'partial' : 'loaded');
  if (progress.status === 'RUNNING') return stepText(progress);
  return progress.status === 'TIMED_OUT' ? 'timed out' : progress.status.toLowerCase();
}

/** It has succeeded without some partitions, which its source tolerates. */
export const isPartial = ({ output }: Progress): boolean => (output?.failed?.length ?? 0) > 0;

/** `Extract 3/40`: the step at work, and its tasks where there are several. */
export function stepText(progress: Progress): string {
  const step = shownSteps(progress).at(-1);
  if (progress.waits !== undefined) return 'waiting for its turn';
  if (step === undefined) return 'starting';
  const tasks = step.total > 1 ? ` ${step.done}/${step.total}` : '';
  const retries =
    step.failures > 0 && step.status === 'running' ? `, ${plural(step.failures, 'retry', 'retries')}` : '';
  return `${step.name}${tasks}${retries}`;
}

export function elapsedMs({ startedAt, endedAt, status }: Progress, now: number): number | undefined {
  if (startedAt === undefined) return undefined;
  return (status === 'RUNNING' ? now : (endedAt?.getTime() ?? now)) - startedAt.getTime();
}

const isEnded = ({ progress }: FollowedRun): boolean => progress.status !== 'RUNNING';
const isSkipped = ({ progress }: FollowedRun): boolean => progress.output?.outcome !== undefined;

/** So that columns do not jump when a run comes to its next step. */
const LEAST_STEP_COLUMNS = 12;
const LEAST_KEY_COLUMNS = 12;

/**
 * At most `rows` lines of at most `columns`: running ones first, then those that have failed, then those that have ended; the last
 * line counts the rest.
 */
export function runWindow(
  runs: readonly FollowedRun[],
  { rows, columns, now }: { readonly rows: number; readonly columns: number; readonly now: number },
): string[] {
  const fits = runs.length <= rows;
  const ranked = fits ? runs : [...runs].sort((a, b) => rank(a) - rank(b));
  const shown = fits ? ranked : ranked.slice(0, Math.max(0, rows - 1));
  const folder = commonFolder(runs);
  const cells = shown.map((run) => ({ run, key: run.key.slice(folder.length), cells: cellsOf(run, now) }));
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((one) => widthOf(one.cells[column]!))));
  widths[0] = Math.max(widths[0]!, LEAST_STEP_COLUMNS);
  const beside = 2 + 1 + STEPS.length + widths.reduce((sum, width) => sum + (width > 0 ? width + 2 : 0), 0);
  const keyWidth = Math.min(
    Math.max(...cells.map(({ key }) => widthOf(key))),
    Math.max(LEAST_KEY_COLUMNS, columns - beside),
  );
  const lines = cells.map(({ run, key, cells: [step, ...numbers] }) =>
    [
      `${markOf(run)} ${padEnd(shorten(key, keyWidth), keyWidth)} ${trackOf(run)}`,
      padEnd(step!, widths[0]!),
      ...numbers.flatMap((text, index) => (widths[index + 1]! > 0 ? [padStart(text, widths[index + 1]!)] : [])),
    ]
      .join('  ')
      .trimEnd(),
  );
  if (fits) return lines;
  const rest = ranked.slice(shown.length);
  const waiting = rest.filter((run) => run.executionArn === undefined).length;
  const ended = rest.filter(isEnded).length;
  const running = rest.length - ended - waiting;
  return [...lines, dim(`  and ${rest.length} more: ${ended} ended, ${running} running, ${waiting} waiting`)];
}

function cellsOf(run: FollowedRun, now: number): string[] {
  const { progress } = run;
  const counted = progress.rows > 0 || progress.steps.some(({ name, done }) => name === 'Extract' && done > 0);
  return [
    outcomeOf(run),
    counted ? plural(progress.rows, 'row') : '',
    progress.rejected > 0 ? `${count(progress.rejected)} bad` : '',
    run.executionArn === undefined ? '' : duration(elapsedMs(progress, now)),
  ];
}

/** The folder that all keys lie in, `orders/`. */
function commonFolder(runs: readonly FollowedRun[]): string {
  const folders = new Set(runs.map(({ key }) => key.slice(0, key.lastIndexOf('/') + 1)));
  return folders.size === 1 ? [...folders][0]! : '';
}

function rank(run: FollowedRun): number {
  if (run.executionArn !== undefined && !isEnded(run)) return 0;
  if (isEnded(run)) return run.progress.status === 'SUCCEEDED' ? 2 : 1;
  return 3;
}

function markOf(run: FollowedRun): string {
  if (!isEnded(run)) return run.executionArn === undefined ? dim('·') : yellow('▸');
  if (run.progress.status !== 'SUCCEEDED') return red('✗');
  return isPartial(run.progress) ? yellow('!') : green('✓');
}

/** One mark a step: done, at work, to come. */
function trackOf(run: FollowedRun): string {
  if (isSkipped(run)) return ' '.repeat(STEPS.length);
  const steps = new Map(run.progress.steps.map((step) => [step.name, step.status]));
  return STEPS.map((name) => {
    const status = steps.get(name);
    if (status === undefined) return dim('□');
    return status === 'done' ? green('■') : status === 'failed' ? red('■') : yellow('◧');
  }).join('');
}

/** `3 of 6 runs ended, 20,000 rows, 6 bad` */
export function totals(runs: readonly FollowedRun[]): string {
  const rows = runs.reduce((sum, { progress }) => sum + progress.rows, 0);
  const rejected = runs.reduce((sum, { progress }) => sum + progress.rejected, 0);
  const failed = runs.filter((run) => isEnded(run) && run.progress.status !== 'SUCCEEDED').length;
  return [
    `${runs.filter(isEnded).length} of ${plural(runs.length, 'run')} ended`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    plural(rows, 'row'),
    ...(rejected > 0 ? [`${count(rejected)} bad`] : []),
  ].join(', ');
}
