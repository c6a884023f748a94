/** The state machines that are timed. All are in JSONPath, which is all that the interpreter they are compared with has. */
import type { State, StateMachine, States } from '../../../lib/asl/types';

export interface Timed {
  readonly definition: StateMachine;
  readonly input: unknown;
  /** States entered in one execution. */
  readonly transitions: number;
}

export const MAP_ITEMS = 10_000;

export const MACHINES = {
  Pass: () => chainOf(1_000, () => ({ Type: 'Pass' }), { order: 1, total: 12.5 }),
  Choice: () => chainOf(1_000, choice, { order: 1, kind: 'web', total: 12.5, paid: true }),
  Map: mapOf,
  Parallel: nestedParallel,
} satisfies Readonly<Record<string, () => Timed>>;

export type MachineName = keyof typeof MACHINES;

/** `state` gets the name of the state that follows. */
function chainOf(count: number, state: (next: string) => object, input: unknown): Timed {
  const states: Record<string, State> = {};
  for (let index = 1; index < count; index++) {
    const next = `S${index + 1}`;
    const made = state(next);
    states[`S${index}`] = ('Choices' in made ? made : { ...made, Next: next }) as State;
  }
  states[`S${count}`] = { Type: 'Succeed' };
  return { definition: { StartAt: 'S1', States: states }, input, transitions: count };
}

/** The third rule holds. */
const choice = (next: string): object => ({
  Type: 'Choice',
  Choices: [
    { Variable: '$.kind', StringEquals: 'shop', Next: next },
    {
      And: [
        { Variable: '$.order', NumericGreaterThan: 10 },
        { Variable: '$.paid', BooleanEquals: true },
      ],
      Next: next,
    },
    { Variable: '$.total', NumericLessThan: 100, Next: next },
  ],
  Default: next,
});

function mapOf(): Timed {
  const definition: StateMachine = {
    StartAt: 'Each',
    States: {
      Each: {
        Type: 'Map',
        ItemProcessor: { StartAt: 'One', States: { One: { Type: 'Pass', End: true } } },
        End: true,
      },
    },
  };
  const input = Array.from({ length: MAP_ITEMS }, (_, id) => ({ id, n: id % 7 }));
  return { definition, input, transitions: MAP_ITEMS + 1 };
}

const LEVELS = 4;
const WIDTH = 3;
const ROUNDS = 10;

/** A chain of Parallel states, each with branches that are Parallel states in their turn. */
function nestedParallel(): Timed {
  const states: Record<string, State> = {};
  for (let round = 1; round <= ROUNDS; round++) {
    const then = round === ROUNDS ? { End: true } : { Next: `R${round + 1}` };
    states[`R${round}`] = { ...parallel(LEVELS, `R${round}`), ResultPath: null, ...then } as State;
  }
  let entered = 1;
  for (let level = 1; level <= LEVELS; level++) entered = 1 + WIDTH * entered;
  return { definition: { StartAt: 'R1', States: states }, input: { order: 1 }, transitions: ROUNDS * entered };
}

function parallel(level: number, name: string): object {
  if (level === 0) return { Type: 'Pass' };
  const branch = (index: number): { StartAt: string; States: States } => {
    const inner = `${name}.${index}`;
    return { StartAt: inner, States: { [inner]: { ...parallel(level - 1, inner), End: true } as State } };
  };
  return { Type: 'Parallel', Branches: Array.from({ length: WIDTH }, (_, index) => branch(index)) };
}
