/** Random state machines whose tasks answer by their parameters alone, so that every run of one must end alike. */
import fc from 'fast-check';
import type { State, StateMachine, States } from '../../../lib/asl/types';
import { StatesError } from '../../../lib/local/stepfunctions/errors';

/** A function's answer is in its Payload, but not where it comes by the token. */
const DONE = '{% $exists($states.result.Payload) ? $states.result.Payload.done : $states.result.done %}';

const LAMBDA = 'arn:aws:states:::lambda:invoke';

/** A step becomes states once it has a name and knows what comes next. */
type Step = (name: string, next: string | undefined) => States;

const one =
  (state: (name: string) => object): Step =>
  (name, next) => ({ [name]: { ...state(name), ...(next === undefined ? { End: true } : { Next: next }) } as State });

const pass = one((name) => ({ Type: 'Pass', Output: { from: name, was: '{% $string($states.input) %}' } }));

const assign = one((name) => ({ Type: 'Pass', Assign: { [`v${name}`]: '{% $length($string($states.input)) %}' } }));

const read = one(() => ({
  Type: 'Pass',
  Output: '{% {"all": $states.input, "retries": $states.context.State.RetryCount} %}',
}));

const wait = (seconds: number): Step => one(() => ({ Type: 'Wait', Seconds: seconds }));

const task = (kind: string): Step =>
  one((name) => ({
    Type: 'Task',
    Resource: kind === 'Token' ? `${LAMBDA}.waitForTaskToken` : LAMBDA,
    Arguments: {
      kind,
      name,
      input: '{% $string($states.input) %}',
      retry: '{% $states.context.State.RetryCount %}',
      ...(kind === 'Token' ? { token: '{% $states.context.Task.Token %}' } : {}),
    },
    Output: DONE,
    TimeoutSeconds: 600,
    Retry: [{ ErrorEquals: ['Again'], MaxAttempts: 3, JitterStrategy: 'FULL' }],
  }));

const caught: Step = (name, next) => {
  const then = next === undefined ? { End: true } : { Next: next };
  return {
    [name]: {
      Type: 'Task',
      Resource: LAMBDA,
      Arguments: { kind: 'Fails', name, input: '{% $string($states.input) %}' },
      Catch: [
        {
          ErrorEquals: ['States.ALL'],
          Next: `${name}h`,
          Output: '{% $states.errorOutput.Error %}',
          Assign: { [`e${name}`]: 1 },
        },
      ],
      ...then,
    } as State,
    [`${name}h`]: { Type: 'Pass', Output: { handled: '{% $states.input %}' }, ...then } as State,
  };
};

const choice =
  (left: Step, right: Step): Step =>
  (name, next) => ({
    [name]: {
      Type: 'Choice',
      Choices: [{ Condition: '{% $length($string($states.input)) % 2 = 0 %}', Next: `${name}l` }],
      Default: `${name}r`,
    },
    ...left(`${name}l`, next),
    ...right(`${name}r`, next),
  });

const parallel = (branches: readonly (readonly Step[])[]): Step =>
  one((name) => ({ Type: 'Parallel', Branches: branches.map((steps, index) => chain(steps, `${name}b${index}`)) }));

const map = (steps: readonly Step[], length: number, width: number): Step =>
  one((name) => ({
    Type: 'Map',
    Items: `{% [1..${length}].{"n": $, "x": $length($string($states.input))} %}`,
    MaxConcurrency: width,
    ItemSelector: { item: '{% $states.context.Map.Item.Value %}', index: '{% $states.context.Map.Item.Index %}' },
    ItemProcessor: chain(steps, `${name}i`),
  }));

/** Fails as a whole the first time, so its branches run again. */
const retriedMap: Step = one((name) => ({
  Type: 'Map',
  Items: ['a', 'b'],
  Retry: [{ ErrorEquals: ['Again'], MaxAttempts: 2, IntervalSeconds: 5 }],
  ItemProcessor: {
    StartAt: `${name}t`,
    States: {
      [`${name}t`]: {
        Type: 'Task',
        Resource: LAMBDA,
        Arguments: { kind: 'Ok', name: `${name}t`, item: '{% $states.input %}' },
        Output: DONE,
        Next: `${name}p`,
      },
      [`${name}p`]: { Type: 'Pass', End: true },
    },
  },
}));

function chain(steps: readonly Step[], prefix: string): { StartAt: string; States: States } {
  const names = steps.map((_, index) => `${prefix}s${index}`);
  return {
    StartAt: names[0]!,
    States: Object.assign({}, ...steps.map((step, index) => step(names[index]!, names[index + 1]))),
  };
}

const { step } = fc.letrec<{ step: Step; leaf: Step; steps: Step[] }>((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom(pass, assign, read, caught, retriedMap),
    fc.constantFrom('Ok', 'Twice', 'Token').map(task),
    fc.integer({ min: 0, max: 9 }).map(wait),
  ),
  steps: fc.array(tie('step'), { minLength: 1, maxLength: 3 }),
  step: fc.oneof(
    { maxDepth: 2, depthSize: 'small' },
    tie('leaf'),
    fc.tuple(tie('leaf'), tie('leaf')).map(([left, right]) => choice(left, right)),
    fc.array(tie('steps'), { minLength: 1, maxLength: 3 }).map(parallel),
    fc
      .tuple(tie('steps'), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 3 }))
      .map(([steps, length, width]) => map(steps, length, width)),
  ),
}));

export const machines: fc.Arbitrary<StateMachine> = fc
  .array(step, { minLength: 1, maxLength: 4 })
  .map((steps) => ({ QueryLanguage: 'JSONata', ...chain(steps, '') }) satisfies StateMachine);

const steps = (prefix: string, ...list: readonly Step[]) => chain(list, prefix);

/** What `everything` waits for: a state machine of its own. */
export const nested: StateMachine = {
  QueryLanguage: 'JSONata',
  ...steps('n', task('Ok'), wait(3), task('Twice'), pass),
};

const sync = one(() => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::states:startExecution.sync:2',
  Arguments: {
    StateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:child',
    Input: { of: 'everything' },
  },
  Output: '{% $states.result.Output %}',
}));

const distributed: Step = one(() => ({
  Type: 'Map',
  Label: 'each',
  Items: '{% [1..5] %}',
  MaxConcurrency: 2,
  ItemBatcher: { MaxItemsPerBatch: 2 },
  ItemProcessor: {
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
    ...steps('d', task('Ok'), wait(1), task('Twice')),
  },
}));

/** Each way of waiting for something beside the others, and variables after them. */
export const everything: StateMachine = {
  QueryLanguage: 'JSONata',
  ...steps(
    'e',
    assign,
    parallel([
      [task('Ok'), wait(15), task('Twice')],
      [map([task('Ok'), task('Twice')], 4, 2)],
      [task('Token'), task('Token')],
      [sync],
      [distributed, task('Ok')],
      [retriedMap, caught],
    ]),
    read,
    task('Ok'),
  ),
};

interface Parameters {
  readonly kind: string;
  readonly name: string;
  readonly retry?: number;
}

/** What the tasks of these machines do, for a world's `otherwise`. */
export function answer(parameters: Parameters): unknown {
  if (parameters.kind === 'Fails') throw new StatesError('Broken', parameters.name);
  if (parameters.kind === 'Twice' && (parameters.retry ?? 0) < 2) throw new StatesError('Again', 'not yet');
  return { done: `${parameters.name} done` };
}
