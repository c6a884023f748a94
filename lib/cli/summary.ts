/** What came of the runs: one document, and the lines that say it to a person. */

import type { FollowedRun } from '../operate/follow';
import type { RunOutput } from '../operate/history';
import { missingLines } from '../operate/remedy';
import { count, duration, plural, shorten } from '../operate/text';
import type { Interval } from '../tasks/schedule';
import type { Login } from './logins';
import { type MissingSecret, missingSecretLines } from './missing-secrets';
import { elapsedMs, outcomeOf } from './run-lines';
import { type SampleSecret, sampleLines } from './sample-services';
import type { Dropped } from './samples';
import { bold, dim, green, red, table, yellow } from './terminal';

export interface JudgedRun {
  readonly pipeline: string;
  readonly key: string;
  /** of the dropped file; absent for a run that goes on from an earlier start */
  readonly versionId?: string;
  /** of a run of a schedule */
  readonly interval?: Interval;
  readonly runId: string;
  /** of the execution; `NOT_STARTED` when none came */
  readonly status: string;
  /** `loaded`, `partial`, `duplicate`, `failed`, … */
  readonly outcome: string;
  readonly seconds: number;
  /** the execution's output when it succeeded */
  readonly output?: RunOutput;
  readonly error?: string;
  readonly asExpected: boolean;
}

export interface Summary {
  readonly ok: boolean;
  readonly endpoint: string;
  readonly seconds: number;
  readonly runs: readonly JudgedRun[];
  /** secrets that this start has set, most of them of sample servers */
  readonly secrets: readonly SampleSecret[];
  /** secrets of the pipelines that this start runs, which nobody has given */
  readonly missing: readonly MissingSecret[];
  /** of sample servers that have no secret */
  readonly notes?: readonly string[];
  /** as administrator */
  readonly databases: Readonly<Record<string, string>>;
  readonly logins: readonly Login[];
  readonly buckets: { readonly landing: string; readonly quarantine: string; readonly lake: string };
  /** folder */
  readonly mail: string;
  /** folder */
  readonly state: string;
}

/** What has started a run, in the order of the followed runs. */
export interface Expected {
  readonly pipeline: string;
  /** absent for a run that goes on from an earlier start, and for one of a schedule */
  readonly dropped?: Dropped;
  readonly interval?: Interval;
}

export function judge(runs: readonly FollowedRun[], awaited: readonly Expected[]): JudgedRun[] {
  return runs.map((run, index) => {
    const { progress, executionArn } = run;
    const { pipeline, dropped, interval } = awaited[index]!;
    const { output, error } = progress;
    const others = runs.filter((_, other) => awaited[other]!.pipeline === pipeline);
    return {
      pipeline,
      key: run.key,
      ...(dropped === undefined ? {} : { versionId: dropped.versionId }),
      ...(interval === undefined ? {} : { interval }),
      runId: executionArn?.split(':').at(-1) ?? '',
      status: executionArn === undefined ? 'NOT_STARTED' : progress.status,
      outcome: executionArn === undefined ? 'not started' : outcomeOf(run),
      seconds: (elapsedMs(progress, Date.now()) ?? 0) / 1000,
      ...(output === undefined ? {} : { output }),
      ...(error === undefined ? {} : { error: `${error.name}: ${error.cause}` }),
      asExpected: isExpected(run, dropped?.bad, others),
    };
  });
}

/**
 * A file or an interval loads with just its bad rows in quarantine, once: of two deliveries either may be the first, and the other has
 * nothing to do. What an earlier start has loaded has nothing to do at all.
 */
function isExpected({ key, progress }: FollowedRun, bad: number | undefined, runs: readonly FollowedRun[]): boolean {
  if (progress.status !== 'SUCCEEDED') return false;
  if (progress.output?.outcome !== undefined) return progress.output.outcome === 'duplicate';
  const loads = runs.filter((run) => run.key === key && hasLoaded(outcomeOf(run))).length;
  return loads === 1 && (bad === undefined || progress.output?.rejected === bad);
}

const hasLoaded = (outcome: string): boolean => outcome === 'loaded' || outcome === 'partial';

const KEY_WIDTH = 38;

export interface Ending {
  /** the cloud stops after this: nothing answers at its addresses then */
  readonly stops: boolean;
  /** the command that brings it up again */
  readonly restart: string;
}

export function summaryLines(summary: Summary, { stops, restart }: Ending): string[] {
  const { runs } = summary;
  return [
    '',
    ...(runs.length === 0 ? ['No pipeline has samples: nothing has run yet.'] : runTable(runs)),
    ...notes(runs),
    ...samples(summary),
    ...missing(summary, { stops, restart }),
    '',
    ...sinkTable(runs),
    ...(stops ? [] : [...logins(summary.logins), '']),
    ...places(summary, stops),
    '',
    verdict(summary),
    ...(stops
      ? [`The local cloud stops. All that it holds stays in ${summary.state}; bring it up again: ${restart}`]
      : []),
  ];
}

function verdict({ runs, missing, ok, seconds }: Summary): string {
  const time = `in ${duration(seconds * 1000)}`;
  if (missing.length > 0) {
    const pipelines = [...new Set(missing.map(({ pipeline }) => pipeline))];
    const failed = runs.every((run) => run.asExpected) ? '' : ', and not every run did what it should (✗ above)';
    return red(
      `Not every pipeline can run: ${pipelines.join(', ')} without ${plural(missing.length, 'secret')} (above)${failed}, ${time}.`,
    );
  }
  if (!ok) return red(`Not every run did what it should (✗ above), ${time}.`);
  return green(runs.length === 0 ? `The local cloud is ready, ${time}.` : `All runs did what they should, ${time}.`);
}

function missing({ missing: secrets, endpoint }: Summary, { stops, restart }: Ending): string[] {
  const lines = missingSecretLines(secrets, restart, stops ? undefined : endpoint);
  return lines.length > 0 ? ['', ...lines.map(red)] : [];
}

function runTable(runs: readonly JudgedRun[]): string[] {
  const rows = runs.map((run) => [
    `${markOf(run)} ${shorten(run.key, KEY_WIDTH)}`,
    run.outcome === 'partial' ? yellow(run.outcome) : run.outcome,
    count(run.output?.rows),
    count(run.output?.rejected),
    duration(run.seconds * 1000),
  ]);
  const loaded = runs.filter(({ outcome }) => hasLoaded(outcome));
  const sum = (of: (output: RunOutput | undefined) => number | undefined) =>
    count(loaded.reduce((total, { output }) => total + (of(output) ?? 0), 0));
  const total = ['  in all', `${loaded.length} loaded`, sum((one) => one?.rows), sum((one) => one?.rejected), ''];
  return table(['  File, or interval in UTC', 'Outcome', 'Rows', 'Rejected', 'Time'], [...rows, total], {
    right: [2, 3, 4],
  });
}

function markOf({ asExpected, outcome }: JudgedRun): string {
  if (!asExpected) return red('✗');
  return outcome === 'partial' ? yellow('!') : green('✓');
}

function notes(runs: readonly JudgedRun[]): string[] {
  const lines = runs.flatMap((run) => [
    ...(run.error === undefined ? [] : [red(`${run.key}: ${run.error}`)]),
    ...(run.status === 'NOT_STARTED'
      ? [red(`${run.key}: no run has started: see the pipeline's dead-letter queue.`)]
      : []),
    ...(run.outcome === 'partial'
      ? [
          yellow(`${run.key}: partial, without ${plural(run.output?.failed?.length ?? 0, 'partition')}:`),
          ...missingLines(run.runId, run.interval !== undefined),
        ]
      : []),
    ...(run.output?.warnings ?? []).map((warning) => yellow(`${run.key}: warning: ${warning}`)),
    ...(run.output?.notes ?? []).map((note) => dim(`${run.key}: note: ${note}`)),
  ]);
  const again = runs.length > 0 && runs.every(({ outcome }) => outcome === 'duplicate');
  if (again)
    lines.push(dim('All of it was loaded by an earlier start, so nothing was to do: the tables hold its rows once.'));
  return lines.length > 0 ? ['', ...lines] : [];
}

function samples({ secrets, notes = [] }: Summary): string[] {
  const lines = [...sampleLines(secrets), ...notes];
  return lines.length > 0 ? ['', ...lines.map(yellow)] : [];
}

function sinkTable(runs: readonly JudgedRun[]): string[] {
  const sinks = new Map<string, number>();
  for (const { output } of runs)
    for (const { sink, rows } of output?.published ?? []) sinks.set(sink, (sinks.get(sink) ?? 0) + rows);
  if (sinks.size === 0) return [];
  const lines = table(
    ['  Published to', 'Table', 'Rows'],
    [...sinks].map(([sink, rows]) => {
      const [kind, name] = sink.split(/:(.*)/s);
      return [`  ${DATABASES[kind!] ?? kind}`, name!, count(rows)];
    }),
    { right: [2] },
  );
  return [...lines, ''];
}

const DATABASES: Readonly<Record<string, string>> = {
  redshift: 'Redshift',
  postgres: 'Aurora',
  lake: 'lake',
  dynamoTable: 'DynamoDB',
  keyspaces: 'Keyspaces',
  kinesis: 'Kinesis',
};

function logins(all: readonly Login[]): string[] {
  return all.flatMap(({ database, as, url }) => [
    bold(
      `${database === 'aurora' ? 'Aurora' : 'Redshift'} as ${as === 'admin' ? 'administrator' : `the pipeline ${as}`}`,
    ),
    `  psql '${url}'`,
  ]);
}

function places({ mail, state, buckets, endpoint }: Summary, stops: boolean): string[] {
  return [
    ...(stops ? [] : [`AWS endpoint  ${endpoint}`]),
    `Landing       s3://${buckets.landing}/`,
    `Quarantine    ${buckets.quarantine}`,
    `Lake          ${buckets.lake}`,
    `Mail          ${mail}`,
    `State         ${state}`,
  ];
}
