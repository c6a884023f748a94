import { describeFinding, lint } from '../../lib/asl';
import type { State, StateMachine, TaskState } from '../../lib/asl/types';

const task: TaskState = {
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: 'f', Payload: {} },
  Output: '{% $states.result.Payload.manifest %}',
  TimeoutSeconds: 60,
  Retry: [{ ErrorEquals: ['States.TaskFailed'] }],
  End: true,
};
const machine = (states: Record<string, State>, startAt = Object.keys(states)[0] ?? ''): StateMachine => ({
  QueryLanguage: 'JSONata',
  StartAt: startAt,
  States: states,
});
const without = <K extends keyof TaskState>(field: K): TaskState => {
  const { [field]: _, ...rest } = task;
  return rest as TaskState;
};
const found = (definition: StateMachine) => lint(definition).map(({ rule, state, path }) => `${rule} ${state} ${path}`);

test('a machine that keeps every rule has no findings', () => {
  expect(lint(machine({ Load: task }))).toEqual([]);
});

test.each<[string, StateMachine, string[]]>([
  ['a StartAt that is not there', machine({ Load: task }, 'Gone'), ['start-at-exists (state machine) /StartAt']],
  [
    'a Next that is not there',
    machine({ Load: { ...without('End'), Next: 'Gone' } }),
    ['target-exists Load /States/Load/Next'],
  ],
  ['neither Next nor End', machine({ Load: without('End') }), ['next-or-end Load /States/Load']],
  ['a state that nothing leads to', machine({ Load: task, Lost: task }, 'Load'), ['reachable Lost /States/Lost']],
  ['a Task without Retry', machine({ Load: without('Retry') }), ['task-retry Load /States/Load/Retry']],
  ['a Task with an empty Retry', machine({ Load: { ...task, Retry: [] } }), ['task-retry Load /States/Load/Retry']],
  [
    'a Task without a timeout',
    machine({ Load: without('TimeoutSeconds') }),
    ['task-timeout Load /States/Load/TimeoutSeconds'],
  ],
  [
    'a token task without timeout or heartbeat',
    machine({ Load: { ...without('TimeoutSeconds'), Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken' } }),
    ['task-timeout Load /States/Load/TimeoutSeconds'],
  ],
  [
    'a Task whose whole result goes on',
    machine({ Load: without('Output') }),
    ['picked-output Load /States/Load/Output'],
  ],
  [
    'a Task that passes its result on inside an object',
    machine({ Load: { ...task, Output: { all: '{% $states.result %}' } } }),
    ['picked-output Load /States/Load/Output'],
  ],
  [
    'literal arguments that are too large',
    machine({ Load: { ...task, Arguments: { Payload: 'ü'.repeat(40_000) } } }),
    ['literal-arguments Load /States/Load/Arguments'],
  ],
])('%s is found', (_, definition, expected) => {
  expect(found(definition)).toEqual(expected);
});

test('a token task with a heartbeat needs no timeout', () => {
  const waiting: TaskState = {
    ...without('TimeoutSeconds'),
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    HeartbeatSeconds: 60,
  };

  expect(lint(machine({ Load: waiting }))).toEqual([]);
});

test('what a function, a token or the items of a Map give may go on when the Output says so', () => {
  const token = `${task.Resource}.waitForTaskToken`;
  const definition = machine({
    Each: {
      Type: 'Map',
      ItemProcessor: { StartAt: 'Item', States: { Item: { ...task, Output: '{% $states.result.Payload %}' } } },
      Output: '{% $states.result %}',
      Next: 'Wait',
    },
    Wait: { ...task, Resource: token, Output: '{% $states.result %}' },
  });

  expect(lint(definition)).toEqual([]);
});

test('a Map that does not say what goes on is found', () => {
  const definition = machine({
    Each: { Type: 'Map', ItemProcessor: { StartAt: 'Item', States: { Item: task } }, End: true },
  });

  expect(found(definition)).toEqual(['picked-output Each /States/Each/Output']);
});

test('a Catch that leads to a Fail state, however far, is found', () => {
  const definition = machine({
    Load: { ...task, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Note' }] },
    Note: { Type: 'Pass', Next: 'Failed' },
    Failed: { Type: 'Fail' },
  });

  expect(found(definition)).toEqual(['redrivable Load /States/Load/Catch[0].Next']);
});

test('a Catch that goes back to the usual way is no finding, though that may fail later', () => {
  const definition = machine({
    Load: { ...without('End'), Next: 'Check', Catch: [{ ErrorEquals: ['NoData'], Next: 'Empty' }] },
    Empty: { Type: 'Pass', Next: 'Check' },
    Check: { Type: 'Choice', Choices: [{ Condition: '{% $states.input.ok %}', Next: 'Done' }], Default: 'Failed' },
    Done: { Type: 'Succeed' },
    Failed: { Type: 'Fail' },
  });

  expect(lint(definition)).toEqual([]);
});

test('states in branches and item processors are linted, and their names must be unique in the whole machine', () => {
  const definition = machine({
    Extract: {
      Type: 'Parallel',
      Branches: [
        {
          StartAt: 'Each',
          States: {
            Each: {
              Type: 'Map',
              ItemProcessor: { StartAt: 'Extract', States: { Extract: without('Retry') } },
              Output: '{% $states.result.manifest %}',
              End: true,
            },
          },
        },
      ],
      End: true,
    },
  });

  expect(found(definition)).toEqual([
    'unique-name Extract /States/Extract/Branches[0]/States/Each/ItemProcessor/States/Extract',
    'task-retry Extract /States/Extract/Branches[0]/States/Each/ItemProcessor/States/Extract/Retry',
  ]);
});

test('a finding reads as a sentence with the remedy', () => {
  expect(lint(machine({ Load: without('Retry') })).map(describeFinding)).toEqual([
    'Load: No Retry, so one throttle or lost connection fails the run (rule task-retry, at /States/Load/Retry). ' +
      'Add Retry, e.g. [{"ErrorEquals":["States.TaskFailed"],"MaxAttempts":3,"JitterStrategy":"FULL"}].',
  ]);
});
