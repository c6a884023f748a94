/** Histories as the service writes them, read as visits of states. */
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { StateMachine, States } from '../../../lib/asl/types';
import { graphOf } from '../../../lib/console/api/run/graph';
import { lanesOf, shownStates } from '../../../lib/console/api/run/states';
import { RunHistory } from '../../../lib/console/api/run/visits';
import { historyEvent, isRetry, type JournalRecord } from '../../../lib/local/stepfunctions/history';
import { createWorld, run, type Script } from '../../local/stepfunctions/support';

const task = (next?: string, more: object = {}) => ({
  Type: 'Task' as const,
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { of: '{% $states.context.State.Name %}', item: '{% $states.input %}' },
  ...(next === undefined ? { End: true } : { Next: next }),
  ...more,
});
const machine = (states: States): StateMachine => ({
  QueryLanguage: 'JSONata',
  StartAt: Object.keys(states)[0]!,
  States: states,
});
const eventsOf = (records: readonly JournalRecord[]) =>
  records.flatMap((record) => (isRetry(record) ? [] : [historyEvent(record, true) as unknown as HistoryEvent]));

function historyOf(definition: StateMachine, records: readonly JournalRecord[]): RunHistory {
  const history = new RunHistory(graphOf(JSON.stringify(definition)));
  history.advance(eventsOf(records));
  return history;
}
const statuses = (history: RunHistory) => history.visits.map(({ state, status }) => `${state} ${status}`);
const fails = [{ error: 'Broken', cause: '{"errorMessage":"why","errorType":"Broken"}' }];

test('a task that is tried twice is one visit with two attempts, and no error once it has succeeded', async () => {
  const definition = machine({ A: task('B', { Retry: [{ ErrorEquals: ['Broken'], MaxAttempts: 1 }] }), B: task() });
  const script: Script = { A: [...fails, { result: 1 }] };

  const { records } = await run(definition, {}, { world: createWorld(script) });
  const history = historyOf(definition, records);

  expect(statuses(history)).toEqual(['A succeeded', 'B succeeded']);
  expect(history.visits[0]!.attempts.map(({ number, status, error }) => ({ number, status, error }))).toEqual([
    { number: 1, status: 'failed', error: { name: 'Broken', cause: 'why' } },
    { number: 2, status: 'succeeded', error: undefined },
  ]);
  expect(history.status).toBe('SUCCEEDED');
  expect(lanesOf(history, graphOf(JSON.stringify(definition)))[0]!.bars).toEqual([
    expect.objectContaining({ attempt: 1, status: 'failed', error: 'Broken' }),
    expect.objectContaining({ attempt: 2, status: 'succeeded' }),
  ]);
});

const nested = machine({
  Extract: {
    Type: 'Parallel',
    Branches: [
      { StartAt: 'Left', States: { Left: task() } },
      {
        StartAt: 'Slow',
        States: {
          Slow: { Type: 'Wait', Seconds: 5, Next: 'Each' },
          Each: {
            Type: 'Map',
            Items: [1, 2, 3, 4],
            MaxConcurrency: 1,
            ItemProcessor: { StartAt: 'Item', States: { Item: task('Done'), Done: { Type: 'Pass', End: true } } },
            End: true,
          },
        },
      },
      { StartAt: 'Long', States: { Long: { Type: 'Wait', Seconds: 500, End: true } } },
    ],
    Next: 'Load',
  },
  Load: task(),
});
const failing = (items: readonly number[]): Script => ({
  Item: ({ item }: { item: number }) => {
    if (items.includes(item)) throw Object.assign(new Error('Broken'), { name: 'Broken' });
    return item * 10;
  },
});

test('what a failure goes up through has failed with it; what was under way beside it is aborted', async () => {
  const { records } = await run(nested, {}, { world: createWorld(failing([3])) });
  const history = historyOf(nested, records);

  const shown = new Map(
    shownStates(history, graphOf(JSON.stringify(nested)), new Map()).map((state) => [state.id, state]),
  );
  expect([...shown.values()].map(({ id, status }) => `${id} ${status}`)).toEqual([
    'Extract failed',
    'Left succeeded',
    'Slow succeeded',
    'Each failed',
    'Item failed',
    'Done succeeded',
    'Long aborted',
  ]);
  expect(shown.get('Each')!.items).toEqual({
    total: 4,
    waiting: 1,
    running: 0,
    succeeded: 2,
    failed: 1,
    aborted: 0,
  });
  const [each] = history.byState.get('Each')!;
  expect(each!.items[2]).toMatchObject({ index: 2, status: 'failed' });
  expect(each!.items[2]!.visits.map(({ state }) => state)).toEqual(['Item']);
});

test('a redrive goes on in the visits that had not ended: each item keeps its own', async () => {
  const before = await run(nested, {}, { world: createWorld(failing([3])) });
  const after = await run(nested, {}, { world: createWorld(failing([])), from: before.records, redrive: true });
  const history = historyOf(nested, after.records);

  expect(history.status).toBe('SUCCEEDED');
  expect(history.redrives).toBe(1);
  expect(history.pauses).toHaveLength(1);
  expect([...new Set(history.visits.map(({ status }) => status))]).toEqual(['succeeded']);
  const [each] = history.byState.get('Each')!;
  expect(each!.items.map(({ index, status, visits }) => [index, status, visits.map(({ state }) => state)])).toEqual([
    [0, 'succeeded', ['Item', 'Done']],
    [1, 'succeeded', ['Item', 'Done']],
    [2, 'succeeded', ['Item', 'Done']],
    [3, 'succeeded', ['Item', 'Done']],
  ]);
  expect(each!.items[2]!.visits[0]!.attempts.map(({ status, redrives }) => [status, redrives])).toEqual([
    ['failed', 0],
    ['succeeded', 1],
  ]);
});

test('several items that were interrupted are told apart by what they were called with', async () => {
  const definition = machine({
    Each: {
      Type: 'Map',
      Items: [1, 2, 3],
      ItemProcessor: { StartAt: 'Item', States: { Item: task() } },
      End: true,
    },
  });
  const slow: Script = { Item: [{ after: 5, error: 'Broken' }, { after: 60 }, { after: 60 }] };
  const before = await run(definition, {}, { world: createWorld(slow) });
  const after = await run(definition, {}, { world: createWorld({}), from: before.records, redrive: true });

  const interrupted = historyOf(definition, before.records);
  expect(interrupted.byState.get('Each')![0]!.items.map(({ status }) => status)).toEqual([
    'failed',
    'aborted',
    'aborted',
  ]);
  const history = historyOf(definition, after.records);
  const items = history.byState.get('Each')![0]!.items;
  expect(items.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  for (const { visits } of items) {
    expect(visits).toHaveLength(1);
    const [first, second] = visits[0]!.attempts;
    expect(second!.parameters).toBe(first!.parameters);
  }
});

test('an error that the definition catches leaves the state caught, and the run goes on', async () => {
  const definition = machine({
    A: task('B', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Mend' }] }),
    B: task(),
    Mend: { Type: 'Pass', End: true },
  });
  const { records } = await run(definition, {}, { world: createWorld({ A: fails }) });

  expect(statuses(historyOf(definition, records))).toEqual(['A caught', 'Mend succeeded']);
});

test('a state that fails by itself has the error of the run', async () => {
  const definition = machine({ No: { Type: 'Fail', Error: 'Nope', Cause: 'not today' } });
  const { records } = await run(definition, {});
  const history = historyOf(definition, records);

  expect(statuses(history)).toEqual(['No failed']);
  expect(history.visits[0]!.error).toEqual({ name: 'Nope', cause: 'not today' });
});

test('events come page by page, some twice: what is read at the end is the same', async () => {
  const { records } = await run(nested, {}, { world: createWorld(failing([])) });
  const events = eventsOf(records);
  const whole = historyOf(nested, records);
  const paged = new RunHistory(graphOf(JSON.stringify(nested)));
  for (let at = 0; at < events.length; at += 3) paged.advance(events.slice(Math.max(0, at - 2), at + 3));

  expect(statuses(paged)).toEqual(statuses(whole));
  expect(paged.lastEvent).toBe(events.length);
});

test('while it runs, a state is running that nobody has left', async () => {
  const { records } = await run(nested, {}, { world: createWorld(failing([])) });
  const history = new RunHistory(graphOf(JSON.stringify(nested)));
  history.advance(eventsOf(records).slice(0, 20));

  expect(history.status).toBe('RUNNING');
  const shown = shownStates(history, graphOf(JSON.stringify(nested)), new Map());
  expect(shown.find(({ id }) => id === 'Each')).toMatchObject({
    status: 'running',
    items: { total: 4, waiting: 3, running: 1 },
  });
  expect(shown.find(({ id }) => id === 'Extract')).not.toHaveProperty('exitedAt');
});
