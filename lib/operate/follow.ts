/** Follows runs to their end through the Step Functions API alone, within its rates. */
import {
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { intervalAt } from '../tasks/fires';
import type { Schedule } from '../tasks/schedule';
import { withChildFailure } from './child-failure';
import { Interrupted } from './errors';
import { advance, NOTHING_YET, type Progress } from './history';
import { intervalTitle } from './intervals';
import { PER_SECOND, type RateLimiter, rateLimiter } from './rate-limit';
import { startedWith } from './started-with';

/**
 * What is found in the input of an execution of the state machine: a dropped file by its version, the run of another pipeline that this
 * one is for; or a run that is known.
 */
export type Wanted =
  | { readonly key: string; readonly versionId: string; readonly stateMachineArn: string }
  | { readonly key: string; readonly afterRun: string; readonly stateMachineArn: string }
  | { readonly key: string; readonly executionArn: string };

export interface FollowedRun {
  readonly key: string;
  /** undefined until an execution has started */
  readonly executionArn?: string;
  readonly progress: Progress;
}

export interface FollowOptions {
  /** called at each change, with all runs in the order they were wanted */
  readonly onChange: (runs: readonly FollowedRun[]) => void;
  /** called once a run has ended; what it names by `follow` is followed as well */
  readonly onEnd?: (run: FollowedRun, index: number, follow: (more: readonly Wanted[]) => void) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
  /** when the first file was dropped: runs that began before are not looked at */
  readonly since?: Date;
  /** how long a dropped file may take to start a run */
  readonly startTimeoutMs?: number;
}

const START_TIMEOUT_MS = 60_000;
/** A few new events come with one small answer; more are paged. */
const NEW_EVENTS = 20;
const PAGE = 200;
const AT_ONCE = 4;
/** between this machine's clock and that of the service */
const CLOCK_SKEW_MS = 60_000;
const ROUND_MS = 200;

/** Resolves when each has ended, or has not started in time (no `executionArn` then). What has come on the way is behind those wanted first. */
export async function followRuns(
  client: SFNClient,
  first: readonly Wanted[],
  { onChange, onEnd, signal, since = new Date(), startTimeoutMs = START_TIMEOUT_MS }: FollowOptions,
): Promise<FollowedRun[]> {
  const limits = {
    list: rateLimiter(PER_SECOND.list),
    history: rateLimiter(PER_SECOND.history),
    describe: rateLimiter(PER_SECOND.describe),
  };
  const wanted: Wanted[] = [];
  const wantedSince: number[] = [];
  const runs: FollowedRun[] = [];
  const follow = (more: readonly Wanted[]) => {
    for (const one of more) {
      wanted.push(one);
      wantedSince.push(Date.now());
      const { key } = one;
      runs.push({ key, ...('executionArn' in one ? { executionArn: one.executionArn } : {}), progress: NOTHING_YET });
    }
  };
  follow(first);
  const endings = openEndings(onEnd, follow);
  const seen = new Set<string>();
  const change = (index: number, run: FollowedRun) => {
    runs[index] = run;
    onChange(runs);
  };
  for (;;) {
    if (signal?.aborted) throw new Interrupted();
    const waiting = wanted.filter((_, index) => runs[index]!.executionArn === undefined);
    for (const stateMachineArn of new Set(
      waiting.flatMap((one) => ('stateMachineArn' in one ? [one.stateMachineArn] : [])),
    )) {
      for await (const executionArn of newExecutions(client, { stateMachineArn, since, seen }, limits.list)) {
        const progress = advance(NOTHING_YET, await historyOf(client, executionArn, limits.history));
        const index = wanted.findIndex(
          (one, at) =>
            runs[at]!.executionArn === undefined &&
            'stateMachineArn' in one &&
            one.stateMachineArn === stateMachineArn &&
            isStartedBy(one, progress.input),
        );
        if (index >= 0) change(index, { key: wanted[index]!.key, executionArn, progress });
      }
    }
    endings.tell(runs);
    const running = runs.flatMap((run, index) =>
      run.executionArn !== undefined && run.progress.status === 'RUNNING' ? [index] : [],
    );
    const mayStart = wanted.some(
      (_, index) => runs[index]!.executionArn === undefined && Date.now() - wantedSince[index]! <= startTimeoutMs,
    );
    if (running.length === 0 && !mayStart && !endings.areUnderWay()) return runs;
    await eachOf(running, async (index) => {
      if (signal?.aborted) return;
      const { key, executionArn, progress } = runs[index]!;
      const told = advance(progress, await newEvents(client, executionArn!, progress.lastEvent, limits.history));
      const counted = told.steps.at(-1)?.name === 'Extract' ? await countMapRuns(client, told, limits.describe) : told;
      const next = await withChildFailure(client, counted, limits.describe);
      if (next !== progress) change(index, { key, executionArn: executionArn!, progress: next });
    });
    await pause(ROUND_MS, signal);
  }
}

/** Tells of each run that has ended, once, while the others are followed. */
function openEndings(onEnd: FollowOptions['onEnd'], follow: (more: readonly Wanted[]) => void) {
  const told = new Set<number>();
  let underWay = 0;
  let failure: { readonly error: unknown } | undefined;
  return {
    tell(runs: readonly FollowedRun[]): void {
      for (const [index, run] of runs.entries()) {
        if (onEnd === undefined || run.progress.status === 'RUNNING' || told.has(index)) continue;
        told.add(index);
        underWay++;
        onEnd(run, index, follow)
          .catch((error: unknown) => {
            failure ??= { error };
          })
          .finally(() => {
            underWay--;
          });
      }
    },
    areUnderWay(): boolean {
      if (failure) throw failure.error;
      return underWay > 0;
    },
  };
}

/** Executions that have not been looked at yet, the latest first; a page with a known or an old one is the last. */
async function* newExecutions(
  client: SFNClient,
  { stateMachineArn, since, seen }: { stateMachineArn: string; since: Date; seen: Set<string> },
  limit: RateLimiter,
): AsyncGenerator<string> {
  let nextToken: string | undefined;
  do {
    const token = nextToken;
    const { executions = [], ...page } = await limit(() =>
      client.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 100, nextToken: token })),
    );
    const fresh = executions.filter(
      ({ executionArn, startDate }) =>
        !seen.has(executionArn!) && startDate!.getTime() >= since.getTime() - CLOCK_SKEW_MS,
    );
    for (const { executionArn } of fresh) {
      seen.add(executionArn!);
      yield executionArn!;
    }
    nextToken = fresh.length === executions.length ? page.nextToken : undefined;
  } while (nextToken !== undefined);
}

/** Runs that are under way, the earliest first. `schedule`: what their interval is where they were started without one. */
export async function runningRuns(
  client: SFNClient,
  { name: pipeline, stateMachineArn }: { readonly name: string; readonly stateMachineArn: string },
  schedule?: Schedule,
): Promise<Wanted[]> {
  const { executions = [] } = await client.send(
    new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING', maxResults: 1000 }),
  );
  const describe = rateLimiter(PER_SECOND.describe);
  const found = await Promise.all(
    executions.map(async ({ executionArn, name, startDate }) => {
      const { input } = await describe(() => client.send(new DescribeExecutionCommand({ executionArn })));
      const { files, interval = schedule && intervalAt(schedule, startDate!) } = startedWith(input);
      return { executionArn: executionArn!, key: files[0] ?? (interval ? intervalTitle(pipeline, interval) : name!) };
    }),
  );
  return found.reverse();
}

export async function historyOf(client: SFNClient, executionArn: string, limit: RateLimiter): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const token = nextToken;
    const page = await limit(() =>
      client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: PAGE, nextToken: token })),
    );
    events.push(...(page.events ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return events;
}

/** Asks how far the distributed Maps are, of which the history tells only the start and the end. The same when nothing has changed. */
export async function countMapRuns(client: SFNClient, progress: Progress, limit: RateLimiter): Promise<Progress> {
  const mapRuns = await Promise.all(
    progress.mapRuns.map(async ({ arn }) => {
      const { itemCounts } = await limit(() => client.send(new DescribeMapRunCommand({ mapRunArn: arn })));
      const { succeeded = 0, failed = 0, timedOut = 0, aborted = 0, total = 0 } = itemCounts ?? {};
      return { arn, done: succeeded, total, failed: failed + timedOut + aborted };
    }),
  );
  const same = mapRuns.every((now, index) => {
    const before = progress.mapRuns[index]!;
    return now.done === before.done && now.total === before.total && now.failed === before.failed;
  });
  return same ? progress : { ...progress, mapRuns };
}

/** What came after `lastEvent`, read from the end. */
async function newEvents(
  client: SFNClient,
  executionArn: string,
  lastEvent: number,
  limit: RateLimiter,
): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const token = nextToken;
    const page = await limit(() =>
      client.send(
        new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: NEW_EVENTS, nextToken: token }),
      ),
    );
    events.push(...(page.events ?? []));
    nextToken = (page.events?.at(-1)?.id ?? 0) > lastEvent + 1 ? page.nextToken : undefined;
  } while (nextToken !== undefined);
  return events.reverse();
}

/** An execution's input names the object, and its version, that started it, or the other pipeline's run. */
function isStartedBy(wanted: Exclude<Wanted, { executionArn: string }>, input: unknown): boolean {
  const { arrival, after } = (input ?? {}) as { arrival?: { versionId?: string }; after?: { runId?: string } };
  return 'versionId' in wanted ? wanted.versionId === arrival?.versionId : wanted.afterRun === after?.runId;
}

async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  const worker = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, rest.length) }, worker));
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}
