/** Shows runs while they are followed. */
import type { SFNClient } from '@aws-sdk/client-sfn';
import { type FollowedRun, type FollowOptions, followRuns, type Wanted } from '../operate/follow';
import { count, duration, plural } from '../operate/text';
import { elapsedMs, outcomeOf, runWindow, stepText, totals } from './run-lines';
import type { Stages } from './stages';

const REDRAW_MS = 250;
/** More runs than these are counted in a log, not told step by step. */
const TOLD_ONE_BY_ONE = 12;
const COUNT_EVERY_MS = 5000;

export function watchRuns(
  stages: Stages,
  pipelines: readonly string[],
  client: SFNClient,
  wanted: readonly Wanted[],
  options: Omit<FollowOptions, 'onChange'>,
): Promise<FollowedRun[]> {
  const label = pipelines.join(', ');
  return stages.run(`${label}: ${plural(wanted.length, 'run')}`, async (stage) => {
    let runs: readonly FollowedRun[] = [];
    const told = new Map<number, string>();
    let counted = Date.now();
    const draw = () => stage.show(`${label}: ${totals(runs)}`, runWindow(runs, { ...stages.room(), now: Date.now() }));
    const timer = setInterval(() => stages.isLive && runs.length > 0 && draw(), REDRAW_MS);
    try {
      const followed = await followRuns(client, wanted, {
        ...options,
        onChange: (now) => {
          runs = now;
          if (stages.isLive) return;
          if (runs.length <= TOLD_ONE_BY_ONE) {
            for (const [index, run] of runs.entries()) {
              const line = logLine(run);
              if (run.executionArn === undefined || told.get(index) === line) continue;
              told.set(index, line);
              stage.log(line);
            }
          } else if (Date.now() - counted > COUNT_EVERY_MS) {
            counted = Date.now();
            stage.log(totals(runs));
          }
        },
      });
      return { title: `${label}: ${totals(followed)}`, value: followed };
    } finally {
      clearInterval(timer);
    }
  });
}

/** Changes with the step, not with its counts: a log of a run has a line for each step. */
function logLine(run: FollowedRun): string {
  const { key, progress } = run;
  if (progress.status === 'RUNNING') return `${key}: ${progress.steps.at(-1)?.name ?? stepText(progress)}`;
  const counts =
    progress.output?.rows === undefined
      ? ''
      : `, ${plural(progress.output.rows, 'row')}, ${count(progress.output.rejected)} rejected`;
  const error = progress.error === undefined ? '' : `: ${progress.error.name}`;
  return `${key}: ${outcomeOf(run)}${error}${counts}, ${duration(elapsedMs(progress, Date.now()))}`;
}
