/** Backfills in words. */

import { extentText, isOpen } from '../../operate/backfill/ledger';
import { countStates, isLoaded, type PlannedLoad, type State } from '../../operate/backfill/plan';
import { type Progress, progressText } from '../../operate/backfill/progress';
import { intervalText } from '../../operate/intervals';
import { count, moment, oneLine, oneStop, plural, shorten } from '../../operate/text';
import type { BackfillFailure, BackfillItem, BackfillPartial } from '../../tasks/backfill';
import type { Reprocess } from '../../tasks/backfill-options';
import { printer, type VerbOptions } from '../printer';
import { green, red, table, yellow } from '../terminal';

const SHOWN = 50;
const SHOWN_RUNNING = 10;

const STATE_TEXT: Readonly<Record<State, string>> = {
  missing: 'not loaded',
  failed: 'failed',
  partial: 'partial',
  loaded: 'loaded',
  running: 'being loaded',
};

/** Each load, and what would happen to it. */
export function dryRunLines(
  planned: readonly PlannedLoad[],
  { reprocess, maxActive }: { readonly reprocess: Reprocess; readonly maxActive: number },
): string[] {
  const runs = planned.filter((one) => one.runs).length;
  const rows = planned
    .slice(0, SHOWN)
    .map(({ title, state, runId, runs: does }) => [
      title,
      `${STATE_TEXT[state]}${runId === undefined ? '' : ` (${runId.slice(0, 8)})`}`,
      does ? (isLoaded(state) ? 'loads it again, in its place' : 'loads it') : '–',
    ]);
  return [
    ...table(['What', 'Now', 'Backfill'], rows),
    ...(planned.length > SHOWN ? [`… and ${count(planned.length - SHOWN)} more, with --json.`] : []),
    ...leftOutLines(planned, reprocess),
    `${plural(runs, 'run')} would be started, ${Math.min(maxActive, runs)} at a time.`,
  ];
}

/** What it leaves alone, and how that could be had. */
export function leftOutLines(planned: readonly PlannedLoad[], reprocess: Reprocess): string[] {
  const counts = countStates(planned);
  const running = planned.filter(({ state }) => state === 'running');
  return [
    ...(counts.loaded ? [`${count(counts.loaded)} loaded already: left alone (--reprocess all loads again).`] : []),
    ...(counts.partial
      ? [
          yellow(
            `${count(counts.partial)} loaded without some partitions: left alone (--reprocess failed loads ${counts.partial === 1 ? 'it' : 'them'} again).`,
          ),
        ]
      : []),
    ...(counts.missing && reprocess === 'failed'
      ? [`${count(counts.missing)} never loaded: left alone (--reprocess none loads what is missing).`]
      : []),
    ...running
      .slice(0, SHOWN_RUNNING)
      .map(({ title, runId = '' }) => yellow(`${title} is being loaded by run ${runId.slice(0, 8)}: left alone.`)),
    ...(running.length > SHOWN_RUNNING
      ? [yellow(`${count(running.length - SHOWN_RUNNING)} more are being loaded by runs: left alone.`)]
      : []),
  ];
}

/** Exit code 0 only if each run has succeeded. */
export function printEnded(item: BackfillItem, options: VerbOptions): void {
  process.exitCode = item.status === 'SUCCEEDED' ? 0 : 1;
  printer(options).print(documentOf(item), () => endedLines(item));
}

/** Without what is nobody's business. */
export function documentOf({ tokens: _, ...item }: BackfillItem, progress?: Progress): object {
  const { pk: __, sk: ___, ...shown } = item as typeof item & { pk?: string; sk?: string };
  return { ...shown, ...(progress ? { progress } : {}) };
}

export function endedLines(item: BackfillItem): string[] {
  const { id, pipeline, status, runs, counts, failures = [], stopped } = item;
  const { succeeded = 0, partial = 0, skipped = 0, failed = 0 } = counts ?? {};
  const all = [
    `${plural(succeeded, 'run')} succeeded${partial > 0 ? ` (${count(partial)} without some partitions: partial)` : ''}`,
    ...(skipped > 0 ? [`${count(skipped)} had nothing to do`] : []),
    ...(failed > 0 ? [`${count(failed)} failed`] : []),
    ...(runs > succeeded + skipped + failed
      ? [`${count(runs - succeeded - skipped - failed)} were ${status === 'CANCELLED' ? 'stopped or ' : ''}not run`]
      : []),
  ].join(', ');
  const title = `Backfill ${id} of ${pipeline}, ${extentText(item)}`;
  if (status === 'SUCCEEDED')
    return partial > 0
      ? [yellow(`! ${title}: ${all}.`), ...partialLines(item), ...againLines('that is partial', id)]
      : [green(`✓ ${title}: ${all}.`)];
  const how = status === 'CANCELLED' ? 'cancelled' : 'failed';
  return [
    (status === 'CANCELLED' ? yellow : red)(`✗ ${title}: ${how}: ${all}.`),
    ...(stopped === undefined ? [] : [`  ${oneStop(oneLine(stopped))}`]),
    ...failures.map((failure) => `  ${failureLine(failure)}`),
    // Of a cancelled one nobody has listed them.
    ...(failed > failures.length
      ? [
          failures.length === 0
            ? `  Which have failed: npx stepwell runs ${pipeline}`
            : `  … and ${count(failed - failures.length)} more.`,
        ]
      : []),
    ...partialLines(item),
    ...againLines(partial > 0 ? 'that has not succeeded, or is partial' : 'that has not succeeded', id),
  ];
}

const againLines = (what: string, id: string): string[] => [
  `  When the cause is gone, run that alone ${what}: npx stepwell backfill rerun ${id}`,
];

function partialLines({ partials = [], counts }: BackfillItem): string[] {
  const more = (counts?.partial ?? 0) - partials.length;
  return [
    ...partials.map((one) => yellow(`  ${loadText(one)}  partial: npx stepwell show ${one.runId.slice(0, 8)}`)),
    ...(more > 0 ? [`  … and ${count(more)} more that are partial.`] : []),
  ];
}

const loadText = ({ runId, interval, key }: BackfillPartial): string =>
  `${interval ? intervalText(interval) : (key ?? '')}  ${runId.slice(0, 8)}`;

const failureLine = ({ error, cause, ...run }: BackfillFailure): string =>
  `${loadText(run)}  ${error}: ${shorten(oneStop(oneLine(cause)), 200)}`;

/** Of one, whatever its state. */
export function shownLines(
  item: BackfillItem,
  progress: Progress | undefined,
  failures: readonly BackfillFailure[] = [],
): string[] {
  if (!isOpen(item)) return endedLines(item);
  const { id, pipeline, runs, maxActive, order, startedAt, status } = item;
  return [
    `Backfill ${id} of ${pipeline}, ${extentText(item)}: ${status === 'PAUSED' ? 'paused' : 'running'} since ${moment(startedAt)}`,
    `  ${progressText(progress, runs)}, ${maxActive} at a time, the ${order} first`,
    ...failures.map((failure) => `  ${red(failureLine(failure))}`),
    ...((progress?.failed ?? 0) > failures.length && failures.length > 0
      ? [`  … and ${count(progress!.failed - failures.length)} more, which its end will name.`]
      : []),
    status === 'PAUSED'
      ? `  Let it go on: npx stepwell backfill resume ${id}`
      : `  Hold it: npx stepwell backfill pause ${id}; stop it: npx stepwell backfill cancel ${id}`,
  ];
}

export function listLines(items: readonly BackfillItem[]): string[] {
  if (items.length === 0) return ['No backfills. Begin one: npx stepwell backfill <pipeline> --from <day> --to <day>'];
  return table(
    ['Backfill', 'Pipeline', 'Status', 'Runs', 'Failed', 'Started', 'What'],
    items.map((item) => [
      item.id,
      item.pipeline,
      item.status.toLowerCase(),
      count(item.runs),
      item.counts ? count(item.counts.failed) : '–',
      moment(item.startedAt),
      extentText(item),
    ]),
    { right: [3, 4] },
  );
}
