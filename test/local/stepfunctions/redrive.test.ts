import type { StateMachine, States } from '../../../lib/asl/types';
import { createWorld, eventLines, run, type Script } from './support';

const task = (next?: string) => ({
  Type: 'Task' as const,
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { of: '{% $states.context.State.Name %}', item: '{% $states.input %}' },
  ...(next === undefined ? { End: true } : { Next: next }),
});
const machine = (states: States): StateMachine => ({
  QueryLanguage: 'JSONata',
  StartAt: Object.keys(states)[0]!,
  States: states,
});
const names = (calls: readonly string[]) =>
  calls.map((call) => {
    const { of, item } = JSON.parse(call.slice(call.indexOf('(') + 1, -1));
    return typeof item === 'number' ? `${of}(${item})` : of;
  });

/** Runs it, lets it fail, and redrives it with other answers. */
async function redriven(definition: StateMachine, first: Script, second: Script, input: unknown = {}) {
  const failing = await run(definition, input, { world: createWorld(first) });
  const world = createWorld(second);
  const run2 = await run(definition, input, { world, from: failing.records, redrive: true });
  return { ...run2, before: failing, calls: names(world.calls) };
}

const fails = [{ error: 'Broken', cause: 'why' }];
const works = (result: unknown) => [{ result }];

test('a redrive schedules the failed task again, without entering its state anew', async () => {
  const definition = machine({ A: task('B'), B: task('C'), C: task() });

  const { end, calls, records } = await redriven(definition, { A: works(1), B: fails }, { B: works(2), C: works(3) });

  expect(end).toEqual({ status: 'SUCCEEDED', output: '3' });
  expect(calls).toEqual(['B(1)', 'C(2)']);
  expect(eventLines(records).slice(6)).toEqual([
    '7<6 TaskStateEntered B',
    '8<7 TaskScheduled',
    '9<8 TaskStarted',
    '10<9 TaskFailed',
    '11<10 ExecutionFailed',
    '12<11 ExecutionRedriven',
    '13<12 TaskScheduled',
    '14<13 TaskStarted',
    '15<14 TaskSucceeded',
    '16<15 TaskStateExited B',
    '17<16 TaskStateEntered C',
    '18<17 TaskScheduled',
    '19<18 TaskStarted',
    '20<19 TaskSucceeded',
    '21<20 TaskStateExited C',
    '22<21 ExecutionSucceeded',
  ]);
});

test('retriers count from zero again, and the context says how often the execution was redriven', async () => {
  const definition = machine({
    A: {
      ...task('Z'),
      Arguments: { of: 'A', item: '{% $states.context.State.RetryCount %}' },
      Retry: [{ ErrorEquals: ['Broken'], MaxAttempts: 1 }],
    },
    Z: { Type: 'Pass', Output: '{% $states.context.Execution.RedriveCount %}', End: true },
  });

  const { end, before, calls } = await redriven(definition, { A: fails }, { A: [...fails, ...works(1)] });

  expect(before.records.filter((record) => 'id' in record && record.type === 'TaskFailed')).toHaveLength(2);
  expect(calls).toEqual(['A(0)', 'A(1)']);
  expect(end).toEqual({ status: 'SUCCEEDED', output: '1' });
});

test('in nested Parallel and Map states only the failed branches and items run again', async () => {
  const inner = { StartAt: 'Item', States: { Item: task() } };
  const definition = machine({
    Extract: {
      Type: 'Parallel',
      Branches: [
        { StartAt: 'Left', States: { Left: task() } },
        {
          StartAt: 'Slow',
          States: {
            // Fails once the left branch and items 1 and 2 are done.
            Slow: { Type: 'Wait', Seconds: 5, Next: 'Each' },
            Each: { Type: 'Map', Items: [1, 2, 3, 4], MaxConcurrency: 1, ItemProcessor: inner, End: true },
          },
        },
      ],
      Next: 'Load',
    },
    Load: task(),
  });
  const answers = (failing: number[]) => ({
    Item: ({ item }: { item: number }) => {
      if (failing.includes(item)) throw Object.assign(new Error('Broken'), { name: 'Broken' });
      return item * 10;
    },
  });

  const { end, calls, before } = await redriven(
    definition,
    { ...answers([3]), Left: works('left') },
    { ...answers([]), Load: [{ result: 'loaded' }] },
  );

  expect(before.end?.status).toBe('FAILED');
  expect(calls).toEqual(['Item(3)', 'Item(4)', 'Load']);
  expect(end).toEqual({ status: 'SUCCEEDED', output: '"loaded"' });
});

test('results of the items that were done are in the output of the redriven Map', async () => {
  const definition = machine({
    Each: {
      Type: 'Map',
      Items: [1, 2, 3],
      MaxConcurrency: 1,
      ItemProcessor: { StartAt: 'Item', States: { Item: { ...task(), Assign: { seen: '{% $states.input %}' } } } },
      End: true,
    },
  });

  const { end, calls } = await redriven(
    definition,
    { Item: [{ result: 'one' }, ...fails] },
    { Item: [{ result: 'two' }, { result: 'three' }] },
  );

  expect(calls).toEqual(['Item(2)', 'Item(3)']);
  expect(JSON.parse(end!.output!)).toEqual(['one', 'two', 'three']);
});

test('a branch that was ended because another failed is run again from the state it was in', async () => {
  const definition = machine({
    Both: {
      Type: 'Parallel',
      Branches: [
        { StartAt: 'Bad', States: { Bad: task() } },
        { StartAt: 'First', States: { First: task('Second'), Second: task() } },
      ],
      End: true,
    },
  });

  const { end, calls } = await redriven(
    definition,
    { Bad: [{ after: 2, error: 'Broken' }], First: works('f'), Second: [{ after: 10, result: 's' }] },
    { Bad: works('b'), Second: works('s') },
  );

  expect(calls.sort()).toEqual(['Bad', 'Second']);
  expect(end).toEqual({ status: 'SUCCEEDED', output: '["b","s"]' });
});

test('a Fail state is entered anew, and fails again', async () => {
  const definition = machine({ A: { Type: 'Pass', Next: 'F' }, F: { Type: 'Fail', Error: 'No' } });

  const { end, records } = await redriven(definition, {}, {});

  expect(end).toEqual({ status: 'FAILED', error: 'No' });
  expect(eventLines(records).slice(-3)).toEqual([
    '6<5 ExecutionRedriven',
    '7<6 FailStateEntered F',
    '8<7 ExecutionFailed',
  ]);
});

test('after too large a result of a Map every item runs again', async () => {
  const definition = machine({
    Each: {
      Type: 'Map',
      Items: [1, 2],
      ItemProcessor: { StartAt: 'Item', States: { Item: task() } },
      Output: 'small',
      End: true,
    },
  });

  const { end, calls, before } = await redriven(definition, { Item: works('x'.repeat(200_000)) }, { Item: works('x') });

  expect(before.end?.error).toBe('States.DataLimitExceeded');
  expect(calls).toEqual(['Item(1)', 'Item(2)']);
  expect(end).toEqual({ status: 'SUCCEEDED', output: '"small"' });
});

test('what was redriven can be killed and resumed, and redriven again', async () => {
  const definition = machine({ A: task('B'), B: task() });
  const failing = await run(definition, {}, { world: createWorld({ A: works(1), B: fails }) });
  const again = await run(definition, {}, { world: createWorld({ B: fails }), from: failing.records, redrive: true });
  expect(again.end?.status).toBe('FAILED');

  const third = createWorld({ B: works('done') });
  const whole = await run(definition, {}, { world: third, from: again.records, redrive: true });
  expect(whole.end).toEqual({ status: 'SUCCEEDED', output: '"done"' });

  for (let killed = again.records.length + 1; killed < whole.records.length; killed++) {
    const { end } = await run(
      definition,
      {},
      { world: createWorld({ B: works('done') }), from: whole.records.slice(0, killed) },
    );
    expect(end).toEqual(whole.end);
  }
});
