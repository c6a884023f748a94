/**
 * Turns, whatever comes between: attempts that die between any two steps and are tried again, answers that are lost, events that come
 * twice or never, runs that are stopped or redriven, sweeps. Never one too many at work; in the end everybody has had a turn.
 */
import fc from 'fast-check';
import {
  giveTurnOfEnded,
  giveTurnOn,
  type Place,
  sweepTurns,
  type TurnServices,
  takeTurn,
  takeTurnAgain,
  takeTurnOrSkip,
} from '../../../lambdas/shared/turns';
import type { TurnInput, TurnItem, TurnOutput } from '../../../lib/tasks/turn';

class Died extends Error {}

interface SimulatedRun {
  readonly name: string;
  readonly arrival: string;
  status: 'waiting' | 'working' | 'succeeded' | 'failed';
  redrives: number;
  retries: number;
  /** of the attempt that waits */
  token: string | undefined;
  told: TurnOutput | undefined;
  /** it has failed where it waited, so that it waits again when it is redriven */
  failedWaiting: boolean;
  turns: number;
}

/** Step Functions and the ledger, with a gate before each call. */
class World {
  readonly runs = new Map<string, SimulatedRun>();
  readonly waiting = new Map<string, Place['waiting']>();
  item: TurnItem | undefined;
  time = Date.parse('2026-03-01T00:00:00Z');
  most = 0;
  readonly order: string[] = [];
  tokens = 0;

  constructor(
    readonly maxActive: number,
    readonly gate: () => Promise<void> = async () => undefined,
    /** dies before a call, or after it: its answer is lost */
    readonly dies: () => 'before' | 'after' | undefined = () => undefined,
  ) {}

  get services(): TurnServices {
    const call = async <T>(work: () => T): Promise<T> => {
      await this.gate();
      const death = this.dies();
      if (death === 'before') throw new Died();
      const answer = work();
      await this.gate();
      if (death === 'after') throw new Died();
      return answer;
    };
    return this.servicesOf(call);
  }

  private servicesOf(call: <T>(work: () => T) => Promise<T>): TurnServices {
    return {
      pipeline: 'orders',
      now: () => this.time,
      holders: () => call(() => this.item),
      write: (item) =>
        call(() => {
          if ((this.item?.revision ?? 0) !== item.revision - 1) return false;
          this.item = item;
          return true;
        }),
      wait: ({ place, waiting }) =>
        call(() => {
          if ((this.waiting.get(place)?.serial ?? -1) <= waiting.serial) this.waiting.set(place, waiting);
        }),
      waitingAt: (place) => call(() => this.waiting.get(place)),
      first: () =>
        call(() => {
          const [place] = [...this.waiting.keys()].sort();
          return place === undefined ? undefined : { place, waiting: this.waiting.get(place)! };
        }),
      forget: (place, token) =>
        call(() => {
          if (this.waiting.get(place)?.token === token) this.waiting.delete(place);
        }),
      tell: (token, output) =>
        call(() => {
          const run = [...this.runs.values()].find((one) => one.token === token && one.status === 'waiting');
          if (!run) return false;
          Object.assign(run, { token: undefined, told: output });
          if (output.outcome === 'taken') this.works(run);
          else run.status = 'succeeded';
          return true;
        }),
      execution: (arn) =>
        call(() => {
          const run = this.runs.get(arn);
          return run && { isRunning: run.status === 'waiting' || run.status === 'working', redrives: run.redrives };
        }),
      note: () => call(() => undefined),
      stop: (arn) =>
        call(() => {
          this.fails(this.runs.get(arn)!);
        }),
    };
  }

  begin(name: string, arrival: string): SimulatedRun {
    const run: SimulatedRun = {
      ...{ name, arrival, status: 'waiting', redrives: 0, retries: 0, token: undefined, told: undefined },
      ...{ failedWaiting: false, turns: 0 },
    };
    this.runs.set(name, run);
    return run;
  }

  works(run: SimulatedRun): void {
    run.status = 'working';
    run.turns += 1;
    this.order.push(run.name);
    this.most = Math.max(this.most, [...this.runs.values()].filter(({ status }) => status === 'working').length);
  }

  fails(run: SimulatedRun): void {
    if (run.status !== 'waiting' && run.status !== 'working') return;
    run.failedWaiting = run.status === 'waiting';
    Object.assign(run, { status: 'failed', token: undefined });
  }

  inputOf(run: SimulatedRun): TurnInput {
    run.token = `token-${++this.tokens}`;
    return {
      pipeline: 'orders',
      execution: { arn: run.name, name: run.name, redrives: run.redrives, retries: run.retries },
      policy: 'queue',
      maxActive: this.maxActive,
      timeoutSeconds: 3600,
      arrival: run.arrival,
      trigger: {},
      taskToken: run.token,
    };
  }

  /** The state `Turn`: attempts until it waits, or its retries are used up. */
  async turn(run: SimulatedRun): Promise<void> {
    run.retries = 0;
    for (;;) {
      const input = this.inputOf(run);
      try {
        await takeTurn(input, this.services);
        return;
      } catch (error) {
        if (!(error instanceof Died)) throw error;
        // Told meanwhile, or stopped: there is no retry.
        if (run.status !== 'waiting' || run.token !== input.taskToken) return;
        run.token = undefined;
        if (++run.retries > 3) return this.fails(run);
      }
    }
  }
}

const orDies = async (work: Promise<unknown>): Promise<void> => {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Died)) throw error;
  }
};

const deaths = fc.infiniteStream(
  fc.oneof({ weight: 12, arbitrary: fc.constant(undefined) }, fc.constantFrom<'before' | 'after'>('before', 'after')),
);
const happening = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('begin' as const), arrival: fc.nat(9) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('succeed' as const), run: fc.nat() }) },
  fc.record({ kind: fc.constant('fail' as const), run: fc.nat(), events: fc.nat(2) }),
  fc.record({ kind: fc.constant('stop' as const), run: fc.nat(), events: fc.nat(1) }),
  fc.record({ kind: fc.constant('redrive' as const), run: fc.nat() }),
  fc.record({ kind: fc.constant('sweep' as const) }),
);

test('never one too many has the turn, and everybody has it in the end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 1, max: 3 }),
      fc.array(happening, { minLength: 1, maxLength: 14 }),
      deaths,
      async (scheduler, maxActive, happenings, dying) => {
        const world = new World(
          maxActive,
          () => scheduler.schedule(Promise.resolve()),
          () => (calm ? undefined : (dying.next().value ?? undefined)),
        );
        let calm = false;
        const pick = (status: SimulatedRun['status'], index: number): SimulatedRun | undefined => {
          const all = [...world.runs.values()].filter((run) => run.status === status);
          return all[index % Math.max(1, all.length)];
        };
        const told = async (run: SimulatedRun, redrives: number, events: number): Promise<void> => {
          for (let n = 0; n < events; n++) {
            await scheduler.schedule(Promise.resolve());
            await orDies(giveTurnOfEnded({ owner: run.name, redrives }, world.services));
          }
        };
        const redrive = async (run: SimulatedRun): Promise<void> => {
          const redrives = run.redrives + 1;
          if (run.failedWaiting) {
            Object.assign(run, { status: 'waiting', redrives });
            return world.turn(run);
          }
          const request = { pipeline: 'orders', executionArn: run.name, runId: run.name, redrives, maxActive };
          const { taken } = await takeTurnAgain({ ...request, timeoutSeconds: 3600 }, world.services);
          await scheduler.schedule(Promise.resolve());
          if (!taken || run.status !== 'failed' || run.redrives + 1 !== redrives) return;
          run.redrives = redrives;
          world.works(run);
        };
        const happen = async (one: (typeof happenings)[number]): Promise<void> => {
          await scheduler.schedule(Promise.resolve());
          if (one.kind === 'begin') {
            return world.turn(world.begin(`run-${world.runs.size}`, `2026-03-0${one.arrival}`));
          }
          if (one.kind === 'sweep') return orDies(sweepTurns(world.services));
          if (one.kind === 'redrive') {
            const failed = pick('failed', one.run);
            return failed && orDies(redrive(failed));
          }
          const run = pick(one.kind === 'stop' ? 'waiting' : 'working', one.run);
          if (!run) return;
          if (one.kind === 'succeed') {
            run.status = 'succeeded';
            return orDies(giveTurnOn({ owner: run.name }, world.services));
          }
          const { redrives } = run;
          world.fails(run);
          return told(run, redrives, one.events);
        };

        const all = Promise.all(happenings.map(happen));
        await scheduler.waitFor(all);

        // The sweeper comes by, and those that work come to their end.
        calm = true;
        for (let n = 0; n < 4 * happenings.length + 4; n++) {
          world.time += 11 * 60_000;
          await scheduler.waitFor(sweepTurns(world.services));
          const run = pick('working', 0);
          if (run) {
            run.status = 'succeeded';
            await scheduler.waitFor(giveTurnOn({ owner: run.name }, world.services));
          }
        }
        expect(world.most).toBeLessThanOrEqual(maxActive);
        for (const run of world.runs.values()) {
          expect(['succeeded', 'failed']).toContain(run.status);
          if (run.status === 'succeeded') expect(run.turns).toBeGreaterThan(0);
        }
        expect(world.waiting.size).toBe(0);
        expect(world.item?.holders ?? []).toEqual([]);
        expect(world.item?.openPk).toBeUndefined();
      },
    ),
    { numRuns: 120 },
  );
});

const succeed = async (world: World, name: string): Promise<void> => {
  world.runs.get(name)!.status = 'succeeded';
  await giveTurnOn({ owner: name }, world.services);
};

test('the oldest data comes first, whoever waited first; runs of a backfill come last', async () => {
  const world = new World(1);
  const runs: [string, string][] = [
    ['first', '2026-03-05'],
    ['4be1c07a-backfill-0000aaaa', '2026-01-01'],
    ['third', '2026-03-04'],
    ['fourth', '2026-03-02'],
    ['fifth', '2026-03-04'],
  ];
  for (const [name, arrival] of runs) await world.turn(world.begin(name, arrival));
  expect(world.order).toEqual(['first']);
  for (let n = 0; n < runs.length; n++) await succeed(world, world.order[n]!);
  expect(world.order).toEqual(['first', 'fourth', 'fifth', 'third', '4be1c07a-backfill-0000aaaa']);
});

test('as many work at once as may; a deploy that lets more do so holds from the next run on', async () => {
  const world = new World(2);
  for (const name of ['a', 'b', 'c', 'd', 'e']) await world.turn(world.begin(name, '2026-03-01'));
  expect(world.order).toEqual(['a', 'b']);
  const more = new World(4);
  Object.assign(more, { item: world.item, waiting: world.waiting, runs: world.runs, order: world.order });
  await more.turn(more.begin('f', '2026-03-01'));
  expect(more.order).toEqual(['a', 'b', 'c', 'd']);
});

test('a run that takes longer than its timeout, from its turn on, is stopped by the sweeper', async () => {
  const world = new World(1);
  for (const name of ['a', 'b']) await world.turn(world.begin(name, '2026-03-01'));
  world.time += 3_599_000;
  await sweepTurns(world.services);
  expect(world.order).toEqual(['a']);
  world.time += 2_000;
  await sweepTurns(world.services);
  await sweepTurns(world.services);
  expect(world.runs.get('a')!.status).toBe('failed');
  expect(world.order).toEqual(['a', 'b']);
});

test('a token that is not known any more ends no turn while its run goes on', async () => {
  const world = new World(1);
  const a = world.begin('a', '2026-03-01');
  await world.turn(a);
  // It was told, and the answer lost: the item that it waits by is there still.
  const holder = world.item!.holders[0]!;
  world.waiting.set(holder.place!, {
    ...{ owner: 'a', runId: 'a', redrives: 0, serial: 0, token: 'token-1' },
    ...{ since: holder.since, timeoutSeconds: 3600 },
  });
  await world.turn(world.begin('b', '2026-03-02'));
  expect(world.order).toEqual(['a']);
  expect(world.waiting.size).toBe(1);
});

test('who was given the turn and not told of it is told by the sweeper, also when older data waits by then', async () => {
  let calls = 0;
  const world = new World(1, undefined, () => (calls-- === 1 ? 'before' : undefined));
  for (const name of ['a', 'b']) await world.turn(world.begin(name, '2026-03-05'));
  world.runs.get('a')!.status = 'succeeded';
  // It reads, writes, reads and reads, writes, notes, and dies as it would tell.
  calls = 7;
  await expect(giveTurnOn({ owner: 'a' }, world.services)).rejects.toThrow(Died);
  expect(world.item!.holders).toMatchObject([{ runId: 'b' }]);
  await world.turn(world.begin('c', '2026-03-01'));
  expect(world.order).toEqual(['a']);

  await sweepTurns(world.services);
  expect(world.order).toEqual(['a', 'b']);
});

test('a run is not redriven beside another, which is named; it has the turn before it goes on', async () => {
  const world = new World(1);
  for (const name of ['a', 'b']) await world.turn(world.begin(name, '2026-03-01'));
  const a = world.runs.get('a')!;
  world.fails(a);
  await giveTurnOfEnded({ owner: 'a', redrives: 0 }, world.services);
  expect(world.order).toEqual(['a', 'b']);
  const request = {
    ...{ pipeline: 'orders', executionArn: 'a', runId: 'a', redrives: 1 },
    ...{ maxActive: 1, timeoutSeconds: 3600 },
  };
  expect(await takeTurnAgain(request, world.services)).toEqual({ taken: false, behind: ['b'] });

  await succeed(world, 'b');
  expect(await takeTurnAgain(request, world.services)).toEqual({ taken: true, behind: [] });
  // The event of its first failure comes once more, and the sweeper, before it is redriven.
  await giveTurnOfEnded({ owner: 'a', redrives: 0 }, world.services);
  await sweepTurns(world.services);
  await world.turn(world.begin('c', '2026-02-01'));
  expect(world.order).toEqual(['a', 'b']);

  // Whoever wanted to redrive it died before.
  world.time += 11 * 60_000;
  await sweepTurns(world.services);
  expect(world.order).toEqual(['a', 'b', 'c']);
});

describe('where a run is skipped if another is at work', () => {
  const skipped: string[] = [];
  const attempt = (world: World, run: SimulatedRun) =>
    takeTurnOrSkip(world.inputOf(run), async (reason) => void skipped.push(reason), world.services);

  test('it is told which; the next has the turn when that has ended, also if nobody has heard of its end', async () => {
    const world = new World(1);
    expect(await attempt(world, world.begin('a', '2026-03-01'))).toBe('taken');
    expect(await attempt(world, world.begin('b', '2026-03-02'))).toBe('skipped');
    expect(skipped).toEqual(["Run a was at work, and overlap is 'skip'."]);
    expect(world.runs.get('b')!.told).toEqual({ outcome: 'skipped', reason: skipped[0] });

    world.fails(world.runs.get('a')!);
    expect(await attempt(world, world.begin('c', '2026-03-03'))).toBe('taken');
    // A retry, after its answer was lost.
    const c = world.runs.get('c')!;
    c.status = 'waiting';
    expect(await attempt(world, c)).toBe('taken');
  });
});
