/** One look at a pipeline: measures, tells what is wrong and what is right again, and leaves what it has found in the ledger. */
import type { Alert } from '../../lib/tasks/alert';
import type { WatchedProblem, WatchInput, WatchItem, WatchOutput } from '../../lib/tasks/watch';
import type { AlertOutcome } from '../shared/alerts/send';
import { ABSENT, getItem, ledgerKeys, putItem, updateItem } from '../shared/ledger';
import { watchKeys } from '../shared/watched';
import { type Facts, judge, type Problem } from './judge';
import { type Measure, measuresOf } from './measures';
import { type ReadServices, readFacts } from './read-facts';

export interface WatchServices extends ReadServices {
  readonly send: (alert: Alert) => Promise<AlertOutcome>;
  readonly measure: (measures: readonly Measure[]) => void;
}

/** A watch that has not looked for so long begins anew: its pipeline was not there, or nothing was. */
const FORGOTTEN_MS = 25 * 3_600_000;

export async function watch(input: WatchInput, services: WatchServices): Promise<WatchOutput> {
  const before = await begun(input, services);
  const facts = await readFacts(input, before, services);
  const problems = judge(input, facts);
  services.measure(measuresOf(input, facts, problems));
  // First what is wrong: should anything fail here, a retry sends the rest.
  for (const problem of problems) await services.send(alertOf(input, problem));
  for (const ended of over(before.problems ?? [], problems, facts)) await services.send(recoveryOf(input, ended));
  await forgetGone(input, facts, services);
  await remember(input, before, facts, problems, services);
  return { problems: problems.map(({ title }) => title), paused: facts.isPaused };
}

async function begun({ pipeline, now }: WatchInput, { ledger }: WatchServices): Promise<WatchItem> {
  const at = watchKeys.watch(pipeline);
  const found = await getItem<WatchItem>(ledger, at);
  const seen = found && Date.parse(found.lookedAt ?? found.since);
  // A clock that was put back is no reason to begin anew, and `since` must not lie ahead.
  if (found && seen !== undefined && Date.parse(now) - seen <= FORGOTTEN_MS && found.since <= now) return found;
  const item: WatchItem = { since: now, revision: (found?.revision ?? 0) + 1 };
  const condition = found ? { expression: 'revision = :revision', values: { ':revision': found.revision } } : ABSENT;
  // Another look at the same moment, as one for a deadline, has begun: its word counts.
  return (await putItem(ledger, at, item, condition)) ? item : ((await getItem<WatchItem>(ledger, at)) ?? item);
}

async function remember(
  { pipeline, now, inputs, withinSeconds, deadline }: WatchInput,
  { since, revision, pausedAt }: WatchItem,
  facts: Facts,
  problems: readonly Problem[],
  { ledger }: WatchServices,
): Promise<void> {
  const goals = inputs.flatMap((one) => (one.withinSeconds === undefined ? [] : [[one.source, one.withinSeconds]]));
  const arrived = Object.entries(facts.inputs).flatMap(([source, { arrivedAt }]) =>
    arrivedAt ? [[source, arrivedAt]] : [],
  );
  const item: WatchItem = {
    since,
    lookedAt: now,
    ...(facts.isPaused ? { pausedAt: now } : pausedAt === undefined ? {} : { pausedAt }),
    problems: problems.map(({ key, kind, title }) => ({ key, kind, title })),
    inputs: Object.fromEntries(arrived) as Record<string, string>,
    ...(withinSeconds === undefined ? {} : { withinSeconds }),
    ...(goals.length > 0 ? { inputsWithin: Object.fromEntries(goals) as Record<string, number> } : {}),
    ...(deadline ? { deadline } : {}),
    revision: revision + 1,
  };
  // One that looks at the same time has found the same.
  await putItem(ledger, watchKeys.watch(pipeline), item, {
    expression: 'revision = :revision',
    values: { ':revision': revision },
  });
}

const alertOf = ({ pipeline }: WatchInput, { kind, key, title, lines, command, runId }: Problem): Alert => ({
  kind,
  severity: 'error',
  pipeline,
  ...(runId === undefined ? {} : { runId }),
  title,
  lines: [...lines],
  command,
  dedupeKey: key,
});

/** Problems of data that are no more. A run that was stuck tells of its end itself; what is paused is not right again by that. */
const over = (before: readonly WatchedProblem[], now: readonly Problem[], { isPaused }: Facts): WatchedProblem[] =>
  isPaused
    ? []
    : before.filter((one) => one.kind !== 'stuck' && !now.some((other) => matterOf(other) === matterOf(one)));

/** What is late has another key each time: as long as it is late still, nothing is right again. */
const matterOf = ({ kind, key }: WatchedProblem): string =>
  kind === 'deadline' ? kind : `${kind} ${key.split('#')[0]}`;

const recoveryOf = ({ pipeline, now }: WatchInput, { kind, key, title }: WatchedProblem): Alert => ({
  kind: 'recovery',
  severity: 'info',
  pipeline,
  title: kind === 'deadline' ? `${pipeline} is on time again` : `${pipeline} is fresh again`,
  lines: [`It had been told: ${title}.`, `Seen at ${now}.`],
  dedupeKey: `${kind}#${key}`,
});

/** They were told of: the index is for what is to be done. */
async function forgetGone({ pipeline }: WatchInput, { gone }: Facts, { ledger }: WatchServices): Promise<void> {
  for (const { runId } of gone) {
    await updateItem(
      ledger,
      ledgerKeys.run(pipeline, runId),
      { openPk: undefined, dueAt: undefined },
      { expression: 'openPk = :gone', values: { ':gone': 'gone' } },
    );
  }
}
