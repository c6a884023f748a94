/** What went wrong with a run, in words, and what to do about it. */
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { isRepeatedByRedrive, type Publication, publicationOf } from '../tasks/failed-run';
import type { ManyFiles } from '../tasks/gather';
import type { Interval } from '../tasks/schedule';
import type { Progress } from './history';
import { intervalOption } from './intervals';
import { manyFilesOf, type RunRow } from './ledger';
import type { AfterRun } from './started-with';

export interface Trouble {
  readonly step?: string;
  readonly name: string;
  readonly cause: string;
  /** what has come to the tables nonetheless */
  readonly publication: Publication;
  /** a redrive would only fail the same way */
  readonly isRepeated: boolean;
  /** what to do, with the command that does it */
  readonly remedy: readonly string[];
}

export const hasFailed = ({ status }: Pick<RunRow, 'status'>): boolean =>
  ['FAILED', 'TIMED_OUT', 'ABORTED'].includes(status);

/** Undefined for a run that has not failed. `progress` and `events` are of its whole history. */
export function troubleOf(run: RunRow, progress: Progress, events: readonly HistoryEvent[]): Trouble | undefined {
  if (!hasFailed(run)) return undefined;
  const { pipeline, runId, interval, after } = run;
  const name = run.error?.name ?? progress.error?.name ?? run.status;
  const step = run.error?.step ?? progress.steps.at(-1)?.name;
  const isRepeated = isRepeatedByRedrive({
    error: name,
    step,
    scheduled: interval !== undefined || after !== undefined,
  });
  return {
    ...(step === undefined ? {} : { step }),
    name,
    cause: run.error?.cause ?? progress.error?.cause ?? '',
    publication: publicationOf(events, {
      step: run.error?.step,
      error: run.error?.name ?? progress.error?.name ?? '',
    }),
    isRepeated,
    remedy: isRepeated
      ? newRunLines(pipeline, interval, after, manyFilesOf(run))
      : [`Go on where it failed: npx stepwell redrive ${pipeline} ${runId}`],
  };
}

/** Of a partial run: how the rest comes in. */
export const missingLines = (runId: string, alone: boolean): string[] => [
  `When the source answers again, ${alone ? 'extract the missing partitions alone' : 'load it all again'}:`,
  `  npx stepwell rerun ${runId.slice(0, 8)}${alone ? ' --failed-partitions' : ''}`,
];

/** For what a redrive would only repeat. */
export function newRunLines(
  pipeline: string,
  interval: Interval | undefined,
  after?: AfterRun,
  manyFiles?: ManyFiles,
): string[] {
  if (manyFiles?.ofStream)
    return [
      'Records that came since go their own way. Correct the pipeline, deploy it, and start the same ones over, as a redrive would fail the same way:',
      `  npx stepwell rerun ${manyFiles.runId}`,
    ];
  if (manyFiles)
    return [
      ...(manyFiles.comeAlong
        ? [
            'Correct the file, and put it there again under its key: the other files of the run are loaded with it:',
            `  npx stepwell drop <file> --pipeline ${pipeline}`,
          ]
        : [
            'Correct the file, and put all files of the run there again, those as well that were good, as no other run loads them:',
            `  npx stepwell drop <files> --pipeline ${pipeline}`,
          ]),
      'Or correct the pipeline, deploy it, and start the same files over, as a redrive would fail the same way:',
      `  npx stepwell rerun ${manyFiles.runId}`,
    ];
  const start = after
    ? `npx stepwell run ${pipeline} --after ${after.runId}`
    : interval
      ? `npx stepwell run ${pipeline} --interval ${intervalOption(interval)}`
      : `npx stepwell drop <file> --pipeline ${pipeline}`;
  return [
    `Correct the ${interval || after ? 'source' : 'file'}, or the pipeline and deploy it; then start a new run, as a redrive would fail the same way:`,
    `  ${start}`,
  ];
}
