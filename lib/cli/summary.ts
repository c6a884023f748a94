import path from 'node:path';
import type { Cloud } from '../local/cloud';
import type { FollowedRun } from './runs';
import type { Dropped, StartOptions } from './start';

export interface Summary {
  readonly ok: boolean;
  readonly endpoint: string;
  readonly seconds: number;
  readonly runs: readonly (FollowedRun & { readonly pipeline: string; readonly asExpected: boolean })[];
  readonly databases: Readonly<Record<string, string>>;
  readonly mail: string;
  readonly state: string;
}

export function summaryOf(
  cloud: Cloud,
  options: StartOptions,
  dropped: readonly Dropped[],
  runs: readonly FollowedRun[],
  ms: number,
): Summary {
  const judged = runs.map((run, index) => ({
    pipeline: dropped[index]!.pipeline,
    ...run,
    asExpected: asExpected(run, dropped[index]!, index, dropped),
  }));
  const state = path.resolve(options.stateDir);
  return {
    ok: judged.every((run) => run.asExpected),
    endpoint: cloud.endpoint,
    seconds: ms / 1000,
    runs: judged,
    databases: cloud.databases,
    mail: path.join(state, 'mail'),
    state,
  };
}

/** A file loads with just its bad rows in quarantine; one that was there before, in this start or an earlier one, is skipped. */
function asExpected(run: FollowedRun, drop: Dropped, index: number, dropped: readonly Dropped[]): boolean {
  if (run.status !== 'SUCCEEDED') return false;
  if (run.output?.outcome === 'duplicate') return true;
  const repeated = dropped.findIndex(({ key }) => key === drop.key) < index;
  return !repeated && run.output?.rejected === drop.bad;
}

export function printSummary(summary: Summary, say: (line: string) => void): void {
  say('');
  for (const run of summary.runs) {
    const published = (run.output?.published ?? []).map(({ sink, rows }) => `${sink} ${rows}`).join(', ');
    const what =
      run.output?.outcome ??
      `${run.output?.rows ?? 0} rows, ${run.output?.rejected ?? 0} rejected${published ? `; published: ${published}` : ''}`;
    say(
      `${run.asExpected ? '✓' : '✗'} ${run.pipeline} ${run.key} ${run.status} in ${run.seconds.toFixed(1)} s: ${run.error ?? what}`,
    );
    for (const warning of run.output?.warnings ?? []) say(`    warning: ${warning}`);
  }
  say('');
  for (const [name, url] of Object.entries(summary.databases)) say(`${name}: psql '${url}'`);
  say(`Mail: ${summary.mail}`);
  say(`Data: ${summary.state}`);
  say(
    `${summary.ok ? 'All runs did what they should' : 'Not every run did what it should'} in ${summary.seconds.toFixed(1)} s`,
  );
}
