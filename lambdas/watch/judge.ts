/** What is wrong with a pipeline, from what the ledger and the bucket say. Pure: the same facts at the same time give the same problems. */
import type { Interval } from '../../lib/tasks/schedule';
import type { PublishedItem, WatchedProblem, WatchInput } from '../../lib/tasks/watch';
import { ageText, atText } from './texts';

/** What is known when it looks; all times ISO 8601. */
export interface Facts {
  /** since when the pipeline is watched: what was before it is nobody's fault */
  readonly since: string;
  /** when it was last seen paused, before this look */
  readonly pausedAt?: string | undefined;
  readonly isPaused: boolean;
  readonly published: readonly PublishedItem[];
  /** of the latest runs, in milliseconds */
  readonly durations: readonly number[];
  /** by source: when its newest file arrived; absent where nobody knows of any */
  readonly inputs: Readonly<Record<string, NewestInput>>;
  readonly running: readonly RunFact[];
  /** runs whose execution is gone: they have ended without anybody to tell it */
  readonly gone: readonly RunFact[];
  readonly deadline?: DeadlineFacts | undefined;
}

export interface NewestInput {
  readonly arrivedAt?: string | undefined;
  readonly key?: string | undefined;
  /** Nothing newer can be there than this tells: all was looked at. */
  readonly isSure: boolean;
}

export interface RunFact {
  readonly runId: string;
  readonly startedAt: string;
}

export interface DeadlineFacts {
  /** the latest that is over */
  readonly at: string;
  /** the one before, or since when it is watched, where that is later */
  readonly from: string;
  readonly timezone: string;
  /** whether all the time between the two was watched */
  readonly isWhole: boolean;
  /** of a schedule: the intervals that ended between the two and are not loaded */
  readonly missing?: readonly Interval[] | undefined;
  /** how many there were to load */
  readonly due?: number | undefined;
}

/** What is to be told, once for its key. */
export interface Problem extends WatchedProblem {
  readonly lines: readonly string[];
  readonly command: string;
  readonly runId?: string;
}

export function judge(input: WatchInput, facts: Facts): Problem[] {
  const stuck = [...stuckRuns(input, facts), ...goneRuns(input, facts)];
  // What is paused publishes nothing, as somebody wants it; a run that hangs hangs all the same.
  return facts.isPaused
    ? stuck
    : [...staleTables(input, facts), ...staleInputs(input, facts), ...late(input, facts), ...stuck];
}

/** Seconds; never negative, should the clock be put back. */
export const ageSeconds = (now: string, since: string): number =>
  Math.max(0, Math.round((Date.parse(now) - Date.parse(since)) / 1000));

const latest = (...times: readonly (string | undefined)[]): string =>
  times.filter((time) => time !== undefined).reduce((a, b) => (Date.parse(a) > Date.parse(b) ? a : b));

function staleTables({ pipeline, now, sinks, withinSeconds }: WatchInput, facts: Facts): Problem[] {
  if (withinSeconds === undefined) return [];
  const stale = sinks.flatMap((sink) => {
    const asOf = facts.published.find((one) => one.sink === sink)?.asOf;
    // From the deploy, and from the end of a pause, the time runs anew.
    const age = ageSeconds(now, latest(asOf, facts.since, facts.pausedAt));
    return age > withinSeconds ? [{ sink, asOf }] : [];
  });
  return stale.map(({ sink, asOf }) => {
    const goal = `Its data are to be no older than ${ageText(withinSeconds)}.`;
    return {
      key: `${sink}#${asOf ?? 'never'}`,
      kind: 'freshness',
      title:
        asOf === undefined
          ? `${pipeline} has published nothing into ${sink} since it is watched, for ${ageText(ageSeconds(now, facts.since))}`
          : `${pipeline} is late: the data of ${sink} are ${ageText(ageSeconds(now, asOf))} old`,
      lines: [
        asOf === undefined
          ? `It is watched since ${atText(facts.since)}. ${goal}`
          : `They are of ${atText(asOf)}. ${goal}`,
        'Either no run starts, or runs fail, or what comes in is old.',
      ],
      command: `npx stepwell runs ${pipeline}`,
    };
  });
}

function staleInputs({ pipeline, now, inputs }: WatchInput, facts: Facts): Problem[] {
  return inputs.flatMap(({ source, globs, withinSeconds }): Problem[] => {
    if (withinSeconds === undefined) return [];
    const { arrivedAt, key, isSure } = facts.inputs[source] ?? { isSure: false };
    if (arrivedAt === undefined && !isSure) return [];
    if (ageSeconds(now, latest(arrivedAt, facts.since, facts.pausedAt)) <= withinSeconds) return [];
    const goal = `One is to come within ${ageText(withinSeconds)}.`;
    return [
      {
        key: `input ${source}#${arrivedAt ?? 'never'}`,
        kind: 'freshness',
        title:
          arrivedAt === undefined
            ? `${pipeline}: no file of ${source} has come since it is watched, for ${ageText(ageSeconds(now, facts.since))}`
            : `${pipeline}: no file of ${source} has come for ${ageText(ageSeconds(now, arrivedAt))}`,
        lines: [
          arrivedAt === undefined
            ? `Nothing lies under ${globs.join(', ')}. ${goal}`
            : `The newest${key === undefined ? '' : `, ${key},`} came at ${atText(arrivedAt)}. ${goal}`,
          'Ask who sends them. If they do come, their keys match none of the globs:',
          ...globs.map((glob) => `  ${glob}`),
        ],
        command: `npx stepwell runs ${pipeline}`,
      },
    ];
  });
}

/** A run is stuck that takes so many times as long as nine of ten before it. */
const FAR_BEYOND = 4;
const AT_LEAST_MS = 30 * 60_000;
/** Fewer runs say nothing of what is usual. */
const ENOUGH_RUNS = 5;
/** Of the timeout, after which a run fails by itself. */
const PART_OF_TIMEOUT = 0.5;
const LONGEST_PART = 0.9;

/** How long a run may take before somebody should look, in milliseconds. */
export function patienceMs(durations: readonly number[], timeoutSeconds: number): number {
  const timeout = timeoutSeconds * 1000;
  if (durations.length < ENOUGH_RUNS) return timeout * PART_OF_TIMEOUT;
  const sorted = [...durations].sort((a, b) => a - b);
  const usual = sorted[Math.ceil(sorted.length * 0.9) - 1]!;
  return Math.min(timeout * LONGEST_PART, Math.max(AT_LEAST_MS, FAR_BEYOND * usual));
}

function stuckRuns({ pipeline, now, timeoutSeconds }: WatchInput, { running, durations }: Facts): Problem[] {
  const patience = patienceMs(durations, timeoutSeconds) / 1000;
  return running.flatMap(({ runId, startedAt }): Problem[] => {
    const age = ageSeconds(now, startedAt);
    if (age <= patience) return [];
    const short = runId.slice(0, 8);
    // It ends by its timeout; that long after, nobody will tell of its end.
    const isOver = age > timeoutSeconds + OVER_SECONDS;
    return [
      {
        key: runId,
        kind: 'stuck',
        runId,
        title: isOver
          ? `${pipeline}: run ${short} is said to run for ${ageText(age)}, longer than a run can`
          : `${pipeline}: run ${short} has been running for ${ageText(age)}`,
        lines: [
          isOver
            ? `A run ends after ${ageText(timeoutSeconds)} at the latest. Its end was never noted: what it was to load may be missing.`
            : durations.length < ENOUGH_RUNS
              ? `That is more than half of the ${ageText(timeoutSeconds)} after which it fails.`
              : `Nine of ten runs before it took no longer than ${ageText(usualSeconds(durations))}. It fails after ${ageText(timeoutSeconds)}.`,
        ],
        command: `npx stepwell show ${short}`,
      },
    ];
  });
}

const OVER_SECONDS = 3600;

const usualSeconds = (durations: readonly number[]): number => {
  const sorted = [...durations].sort((a, b) => a - b);
  return Math.max(1, Math.round(sorted[Math.ceil(sorted.length * 0.9) - 1]! / 1000));
};

const goneRuns = ({ pipeline }: WatchInput, { gone }: Facts): Problem[] =>
  gone.map(({ runId, startedAt }) => ({
    key: `${runId}#gone`,
    kind: 'stuck',
    runId,
    title: `${pipeline}: the execution of run ${runId.slice(0, 8)} is gone`,
    lines: [
      `It began at ${atText(startedAt)}, and Step Functions does not know it any more: its state machine was deleted, or it was never started again. The ledger says now that it has failed.`,
    ],
    command: `npx stepwell rerun ${runId.slice(0, 8)} --pipeline ${pipeline}`,
  }));

const SHOWN = 10;

function late({ pipeline, schedule }: WatchInput, { deadline, published }: Facts): Problem[] {
  if (deadline === undefined) return [];
  const { at, from, timezone, missing, due = 0, isWhole } = deadline;
  const by = `${atText(at, timezone)} (${timezone})`;
  const key = at;
  if (schedule !== undefined) {
    if (missing === undefined || missing.length === 0) return [];
    return [
      {
        key,
        kind: 'deadline',
        title: `${pipeline} has missed its deadline: ${missing.length} of ${due} ${due === 1 ? 'interval' : 'intervals'} not loaded by ${by}`,
        lines: [
          'Not loaded:',
          ...missing.slice(0, SHOWN).map(({ start, end }) => `  ${atText(start)} to ${atText(end)}`),
          ...(missing.length > SHOWN ? [`  and ${missing.length - SHOWN} more`] : []),
        ],
        command: `npx stepwell runs ${pipeline}`,
      },
    ];
  }
  const newest = published
    .map(({ publishedAt }) => publishedAt)
    .sort()
    .at(-1);
  // What was deployed, or resumed, in between had not its whole time.
  if (!isWhole || (newest !== undefined && Date.parse(newest) > Date.parse(from))) return [];
  return [
    {
      key,
      kind: 'deadline',
      title: `${pipeline} has missed its deadline: nothing published by ${by}`,
      lines: [
        newest === undefined ? 'It has published nothing yet.' : `It has last published at ${atText(newest)}.`,
        `A run was to publish after ${atText(from)}.`,
      ],
      command: `npx stepwell runs ${pipeline}`,
    },
  ];
}
