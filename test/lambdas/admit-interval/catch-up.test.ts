/** Missed intervals run by themselves, each once: whatever the schedule, its deliveries and the clock do. Days pass in simulated time. */
import { GetScheduleCommand } from '@aws-sdk/client-scheduler';
import { DescribeExecutionCommand, DescribeStateMachineCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import fc from 'fast-check';
import { catchUpBefore, MOST_CAUGHT_UP } from '../../../lambdas/admit-interval/catch-up';
import { getItem, ledgerKeys, putItem } from '../../../lambdas/shared/ledger';
import { sweepSchedules } from '../../../lambdas/sweep/sweep-schedules';
import { awsCron } from '../../../lib/pipeline/cron';
import { type CatchUpPolicy, type ForwardItem, forwardKey, pauseKey } from '../../../lib/tasks/catch-up';
import { intervalAt, intervalsBetween, nextFire } from '../../../lib/tasks/fires';
import type { Schedule } from '../../../lib/tasks/schedule';
import { type LambdaCloud, startLambdaCloud } from '../cloud';

let cloud: LambdaCloud;
beforeAll(async () => {
  cloud = await startLambdaCloud();
});
afterAll(() => cloud.close());

const DAILY: Schedule = { cron: '0 1 * * *', timezone: 'UTC' };
let worlds = 0;

/** A pipeline with its schedule and its clock. Step Functions runs what Admit does of catching up, and of claiming. */
class World {
  readonly pipeline = `weather-${++worlds}`;
  readonly machine = `arn:aws:states:us-east-1:000000000000:stateMachine:stepwell-${this.pipeline}`;
  now: number;
  state: 'ENABLED' | 'DISABLED' | 'gone' = 'ENABLED';
  /** names of executions */
  readonly names = new Set<string>();
  /** ends of the intervals that runs were started for, in the order of their start, once for each */
  readonly loaded: string[] = [];
  readonly warnings: string[] = [];
  startsLeft = Number.POSITIVE_INFINITY;
  /** of executions that have ended */
  status: 'SUCCEEDED' | 'FAILED' = 'SUCCEEDED';
  private readonly queued: string[] = [];

  constructor(
    readonly policy: CatchUpPolicy,
    readonly deployedAt: string,
    readonly schedule: Schedule = DAILY,
    readonly cursors: { source: string; column: string; lagSeconds: number }[] = [],
  ) {
    this.now = Date.parse(deployedAt);
  }

  private readonly stepFunctions = {
    send: async (command: unknown) => {
      if (command instanceof DescribeStateMachineCommand) return { creationDate: new Date(this.deployedAt) };
      if (command instanceof DescribeExecutionCommand) return { status: this.status };
      if (!(command instanceof StartExecutionCommand)) throw new Error('Unexpected call');
      if (--this.startsLeft < 0) throw new Error('ThrottlingException');
      const { name, input } = command.input;
      if (this.names.has(name!)) throw Object.assign(new Error(name), { name: 'ExecutionAlreadyExists' });
      this.names.add(name!);
      this.queued.push(JSON.parse(input!).schedule.time as string);
      return {};
    },
  } as never;

  private readonly scheduler = {
    send: async (command: unknown) => {
      if (!(command instanceof GetScheduleCommand)) throw new Error('Unexpected call');
      if (command.input.Name !== `stepwell-${this.pipeline}` || this.state === 'gone')
        throw Object.assign(new Error(), { name: 'ResourceNotFoundException' });
      const { cron, timezone } = this.schedule;
      return { State: this.state, ScheduleExpression: awsCron(cron), ScheduleExpressionTimezone: timezone };
    },
  } as never;

  /** Admit of a run that the schedule has started, and of those that this one starts. */
  async admit(time: string): Promise<void> {
    this.queued.push(time);
    for (let next = this.queued.shift(); next !== undefined; next = this.queued.shift()) {
      const interval = intervalAt(this.schedule, new Date(next))!;
      const input = {
        pipeline: this.pipeline,
        execution: {
          arn: `${this.machine.replace(':stateMachine:', ':execution:')}:run`,
          name: 'run',
          startedAt: next,
        },
        trigger: { schedule: { time: next } },
        schedule: this.schedule,
        catchUp: { policy: this.policy, expression: awsCron(this.schedule.cron) },
        cursors: this.cursors,
        appends: false,
      };
      await catchUpBefore(input, interval, {
        ledger: cloud.ledger,
        stepFunctions: this.stepFunctions,
        warn: (line) => this.warnings.push(line),
        now: () => this.now,
      });
      await this.claim(interval);
    }
  }

  async claim(interval: { start: string; end: string }): Promise<void> {
    const at = ledgerKeys.interval(this.pipeline, interval);
    if (await putItem(cloud.ledger, at, { status: 'claimed' }, { expression: 'attribute_not_exists(pk)' }))
      this.loaded.push(interval.end);
  }

  fire(time: string): Promise<void> {
    this.now = Date.parse(time);
    return this.admit(new Date(this.now).toISOString());
  }

  async sweep(at: string): Promise<number> {
    this.now = Date.parse(at);
    const started = await sweepSchedules({
      ledger: cloud.ledger,
      stepFunctions: this.stepFunctions,
      scheduler: this.scheduler,
      now: () => this.now,
    });
    const next = this.queued.shift();
    if (next !== undefined) await this.admit(next);
    return started;
  }

  forward = () => getItem<ForwardItem>(cloud.ledger, forwardKey(this.pipeline));
  /** So that the sweeps of other worlds pass it over. */
  close = () => putItem(cloud.ledger, forwardKey(this.pipeline), {});
}

const day = (n: number) => `2026-03-${String(n).padStart(2, '0')}T01:00:00.000Z`;
const days = (...all: number[]) => all.map(day);

test('after an outage each missed interval has a run of its own, the oldest first; once, however often the schedule delivers', async () => {
  const world = new World('all', '2026-03-01T12:00:00Z');
  await world.fire(day(2));
  await world.claim({ start: day(3), end: day(4) });
  await world.fire(day(6));
  await world.fire(day(6));
  await world.admit(day(4));
  expect(world.loaded).toEqual(days(2, 4, 6, 3, 5));
  expect([...world.names].map((name) => name.replace(/^[0-9a-f]{8}-/, ''))).toEqual([
    '20260303T010000Z-catch-up',
    '20260305T010000Z-catch-up',
  ]);
  expect(await world.forward()).toMatchObject({ through: day(6), dueAt: '2026-03-07T01:15:00.000Z' });
  await world.close();
});

test('a pipeline that has never run begins with its first deployment; with a cursor, its first run reads what was before by itself', async () => {
  const world = new World('all', '2026-03-01T12:00:00Z');
  await world.fire(day(4));
  expect(world.loaded).toEqual(days(4, 2, 3));
  await world.close();

  const incremental = new World('all', '2026-03-01T12:00:00Z', DAILY, [
    { source: 'sales', column: 'updated_at', lagSeconds: 0 },
  ]);
  await incremental.fire(day(4));
  expect(incremental.loaded).toEqual(days(4));
  await incremental.close();
});

test('one that has run before it was to catch up goes on from its latest interval', async () => {
  const world = new World('all', '2025-01-01T12:00:00Z');
  await world.claim({ start: day(1), end: day(2) });
  await world.fire(day(4));
  expect(world.loaded).toEqual(days(2, 4, 3));
  await world.close();
});

test("with 'last' and 'none', a run of the schedule starts no other", async () => {
  for (const policy of ['last', 'none'] as const) {
    const world = new World(policy, '2026-03-01T12:00:00Z');
    await world.fire(day(2));
    await world.fire(day(6));
    expect(world.loaded).toEqual(days(2, 6));
    expect((await world.forward())?.through).toBe(policy === 'last' ? day(6) : undefined);
    await world.close();
  }
});

test.each([
  ['all', days(2, 5, 3, 4)],
  ['last', days(2, 5)],
] as const)('a schedule that is late is stood in for: catchUp %s', async (policy, loaded) => {
  const world = new World(policy, '2026-03-01T12:00:00Z');
  await world.fire(day(2));
  expect(await world.sweep('2026-03-02T12:00:00Z')).toBe(0);
  expect(await world.sweep('2026-03-05T01:14:00Z')).toBe(1);
  // The 5th is not late yet, so it was the 4th's.
  expect(world.loaded.at(1)).toBe(day(4));
  expect(await world.sweep('2026-03-05T01:20:00Z')).toBe(1);
  expect(await world.sweep('2026-03-05T01:25:00Z')).toBe(0);
  expect([...world.loaded].sort()).toEqual([...new Set([...loaded, day(4)])].sort());
  // It delivers at last.
  await world.fire(day(5));
  expect(new Set(world.loaded).size).toBe(world.loaded.length);
  await world.close();
});

test('a run that stood in for the schedule and failed is not started again: the next interval is', async () => {
  const world = new World('last', '2026-03-01T12:00:00Z');
  await world.fire(day(2));
  const before = (await world.forward())!;
  expect(await world.sweep('2026-03-03T01:20:00Z')).toBe(1);
  // Its Admit has come to nothing.
  world.status = 'FAILED';
  await putItem(cloud.ledger, forwardKey(world.pipeline), before);
  expect(await world.sweep('2026-03-03T01:40:00Z')).toBe(0);
  expect((await world.forward())!.dueAt).toBe('2026-03-04T01:15:00.000Z');
  expect(await world.sweep('2026-03-04T01:20:00Z')).toBe(1);
  await world.close();
});

test('a pipeline that was deployed without catchUp is stood in for once more, and then no longer', async () => {
  const world = new World('all', '2026-03-01T12:00:00Z');
  await world.fire(day(2));
  const before = (await world.forward())!;
  // Its runs note nothing any more.
  expect(await world.sweep('2026-03-03T01:20:00Z')).toBe(1);
  await putItem(cloud.ledger, forwardKey(world.pipeline), before);
  expect(await world.sweep('2026-03-03T01:40:00Z')).toBe(0);
  expect((await world.forward())!.openPk).toBeUndefined();
  await world.close();
});

test('while a pipeline is paused nothing is caught up: its schedule is disabled, or the note of the pause is there', async () => {
  const world = new World('all', '2026-03-01T12:00:00Z');
  await world.fire(day(2));
  world.state = 'DISABLED';
  expect(await world.sweep('2026-03-04T02:00:00Z')).toBe(0);
  expect(await world.sweep('2026-03-04T02:16:00Z')).toBe(0);
  world.state = 'ENABLED';
  const note = { since: '2026-03-02T10:00:00Z', by: 'somebody' };
  await putItem(cloud.ledger, pauseKey(world.pipeline), note);
  expect(await world.sweep('2026-03-05T02:00:00Z')).toBe(0);
  // A deploy has enabled it.
  await world.fire(day(6));
  expect(world.loaded).toEqual(days(2, 6));
  expect(await world.forward()).toMatchObject({ through: day(2) });
  await world.close();
});

test('a schedule that is another now, or gone, is stood in for no longer; its next run begins anew', async () => {
  for (const change of ['another', 'gone'] as const) {
    const world = new World('all', '2026-03-01T12:00:00Z');
    await world.fire(day(2));
    if (change === 'gone') world.state = 'gone';
    else Object.assign(world, { schedule: { cron: '0 13 * * *', timezone: 'UTC' } });
    expect(await world.sweep('2026-03-05T02:00:00Z')).toBe(0);
    expect((await world.forward())!.openPk).toBeUndefined();
    if (change === 'another') {
      await world.fire('2026-03-05T13:00:00Z');
      expect(world.loaded.slice(1)).toEqual([5, 3, 4].map((n) => day(n).replace('T01', 'T13')));
    }
    await world.close();
  }
});

test('a clock that jumps starts nothing that is not over, nothing twice, and goes on when it is right again', async () => {
  const world = new World('all', '2026-03-01T12:00:00Z');
  await world.fire(day(2));
  // The schedule's is ahead of this one's.
  await world.admit(day(20));
  expect(world.names.size).toBe(0);
  // All are ahead, by decades.
  await world.fire('2056-03-01T01:00:00.000Z');
  expect(world.names.size).toBe(0);
  expect(world.warnings).toEqual([
    `More than ${MOST_CAUGHT_UP} intervals since ${day(2)} are missing: as many are not started unasked. Run them by a backfill: npx stepwell backfill ${world.pipeline} --from ${day(2)} --to 2056-02-29T01:00:00.000Z`,
  ]);
  // Back again.
  expect(await world.sweep('2026-03-04T02:00:00Z')).toBe(0);
  await world.fire(day(4));
  expect(world.names.size).toBe(0);
  await world.fire(day(6));
  expect(world.loaded.slice(-2)).toEqual(days(6, 5));
  await world.close();
});

test('starts that fail leave it to the next run of the schedule; none is started twice', async () => {
  const world = new World('all', '2026-03-01T12:00:00Z');
  await world.fire(day(2));
  world.startsLeft = 2;
  await expect(world.fire(day(6))).rejects.toThrow('Throttling');
  expect((await world.forward())!.through).toBe(day(2));
  world.startsLeft = Number.POSITIVE_INFINITY;
  await world.fire(day(7));
  expect(world.loaded.sort()).toEqual(days(2, 3, 4, 5, 6, 7));
  await world.close();
});

const crontab = fc.constantFrom('30 2 * * *', '5 * * * *', '0 */6 * * *', '15 3 * * 1-5', '0 1 1 * *');
const timezone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe');

test('whatever fires come late, twice or never: from the first to the last each interval has one run, also as clocks change', async () => {
  await fc.assert(
    fc.asyncProperty(
      crontab,
      timezone,
      fc.constantFrom('2026-03-28T00:00:00Z', '2026-10-24T00:00:00Z', '2026-11-01T00:00:00Z', '2026-04-04T00:00:00Z'),
      fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.boolean()), { minLength: 1, maxLength: 4 }),
      async (cron, zone, from, deliveries) => {
        const schedule = { cron, timezone: zone };
        const world = new World('all', from, schedule);
        let fire = nextFire(schedule, new Date(from))!;
        const first = intervalAt(schedule, fire)!;
        await world.fire(fire.toISOString());
        for (const [lost, isTwice] of deliveries) {
          for (let n = 0; n <= lost; n++) fire = nextFire(schedule, fire)!;
          await world.fire(fire.toISOString());
          if (isTwice) await world.fire(fire.toISOString());
        }
        const all = [...intervalsBetween(schedule, new Date(first.start), fire)].map(({ end }) => end);
        expect([...world.loaded].sort()).toEqual(all);
        await world.close();
      },
    ),
    { numRuns: 20 },
  );
});
