import type { QueryLanguage, State, StateMachine, States } from '../../../../lib/asl/types';
import { fallsThrough, type Handlers, type Program, type Step } from './program';

export const LAMBDA = 'arn:aws:states:::lambda:invoke';

/** How a step's state is called; the reference names states in causes. */
export type Names = (step: Step) => string;

/** The program in the States Language. */
export function machineOf(program: Program): { machine: StateMachine; nameOf: Names } {
  const names = new Map<Step, string>();
  const nameOf: Names = (step) => {
    let name = names.get(step);
    if (name === undefined) {
      name = `${step.kind} ${names.size}`;
      names.set(step, name);
    }
    return name;
  };
  let scopeCount = 0;
  const isJsonata = (step: Step) => program.language === 'JSONata' || step.language === 'JSONata';
  const language = (step: Step): { QueryLanguage?: QueryLanguage } =>
    program.language === 'JSONPath' && step.language === 'JSONata' ? { QueryLanguage: 'JSONata' } : {};

  /** A machine, branch or item processor. Its first state sets the scope's variable. */
  const scope = (steps: readonly Step[], depth: number): { StartAt: string; States: States } => {
    const id = scopeCount++;
    const states: Record<string, State> = {};
    const end = `end ${id}`;
    const first = write(steps, end, depth, states);
    if (fallsThrough(steps)) states[end] = { Type: 'Succeed' };
    const Assign =
      program.language === 'JSONata' ? { [`x${depth}`]: '{% $states.input.n %}' } : { [`x${depth}.$`]: '$.n' };
    states[`start ${id}`] = { Type: 'Pass', Assign, Next: first };
    return { StartAt: `start ${id}`, States: states };
  };

  /** Writes the states of the steps, the last of which leads to `next`; gives the name of the first. */
  const write = (steps: readonly Step[], next: string, depth: number, states: Record<string, State>): string => {
    const [step, ...rest] = steps;
    if (!step) return next;
    const following = fallsThrough([step]) ? write(rest, next, depth, states) : '';
    return writeStep(step, following, depth, states);
  };

  const handling = (
    { retry, catch: catches }: Handlers,
    step: Step,
    Next: string,
    depth: number,
    states: Record<string, State>,
  ) => ({
    Retry: retry.map(({ errors, max }) => ({ ErrorEquals: errors, MaxAttempts: max })),
    Catch: catches.map(({ errors, to }) => ({
      ErrorEquals: errors,
      Next: write(to, Next, depth, states),
      ...(isJsonata(step)
        ? { Output: { n: '{% $states.input.n %}', e: '{% $states.errorOutput %}' } }
        : { ResultPath: '$.e' }),
    })),
  });

  const writeStep = (step: Step, Next: string, depth: number, states: Record<string, State>): string => {
    const name = nameOf(step);
    const jsonata = isJsonata(step);
    const set = (state: object) => {
      states[name] = { ...state, ...language(step) } as State;
    };
    switch (step.kind) {
      case 'add':
        set({
          Type: 'Pass',
          Next,
          ...(jsonata
            ? { Output: { n: `{% $states.input.n + ${step.by} %}` } }
            : { Parameters: { 'n.$': `States.MathAdd($.n, ${step.by})` } }),
        });
        break;
      case 'assign':
        set({
          Type: 'Pass',
          Next,
          Assign: jsonata
            ? { [`x${depth}`]: `{% $states.input.n + ${step.plus} %}` }
            : { [`x${depth}.$`]: `States.MathAdd($.n, ${step.plus})` },
        });
        break;
      case 'use': {
        const variable = `$x${Math.max(0, depth - step.up)}`;
        set({
          Type: 'Pass',
          Next,
          ...(jsonata
            ? { Output: { n: `{% $states.input.n + ${variable} %}` } }
            : { Parameters: { 'n.$': `States.MathAdd($.n, ${variable})` } }),
        });
        break;
      }
      case 'wait':
        set({ Type: 'Wait', Seconds: 0, Next });
        break;
      case 'fail':
        set({ Type: 'Fail', Error: step.error, Cause: 'failed' });
        break;
      case 'broken':
        set({
          Type: 'Pass',
          Next,
          ...(jsonata ? { Output: '{% $states.input.missing %}' } : { Parameters: { 'n.$': '$.missing' } }),
        });
        break;
      case 'choice': {
        const yes = write(step.yes, Next, depth, states);
        const no = write(step.no, Next, depth, states);
        const test = jsonata
          ? { Condition: `{% $states.input.n > ${step.over} %}` }
          : { Variable: '$.n', NumericGreaterThan: step.over };
        const rule = { ...test, Assign: { [`x${depth}`]: step.over }, Next: yes };
        set({ Type: 'Choice', Choices: [rule], Default: no });
        break;
      }
      case 'task': {
        const { fails, error } = step;
        const payload = jsonata
          ? { n: '{% $states.input.n %}', attempt: '{% $states.context.State.RetryCount %}', fails, error }
          : { 'n.$': '$.n', 'attempt.$': '$$.State.RetryCount', fails, error };
        set({
          Type: 'Task',
          Resource: LAMBDA,
          ...(jsonata
            ? { Arguments: { FunctionName: 'f', Payload: payload }, Output: '{% $states.result.Payload %}' }
            : { Parameters: { FunctionName: 'f', Payload: payload }, OutputPath: '$.Payload' }),
          Next,
          ...handling(step.handlers, step, Next, depth, states),
        });
        break;
      }
      case 'parallel':
        set({
          Type: 'Parallel',
          Branches: step.branches.map((branch) => scope(branch, depth + 1)),
          ...resultOf(jsonata),
          Next,
          ...handling(step.handlers, step, Next, depth, states),
        });
        break;
      case 'map': {
        const { items, width } = step;
        set({
          Type: 'Map',
          ...(jsonata
            ? { Items: items, ItemSelector: { n: '{% $states.context.Map.Item.Value %}' } }
            : { ItemsPath: '$.items', ItemSelector: { 'n.$': '$$.Map.Item.Value' } }),
          MaxConcurrency: width,
          ItemProcessor: scope(step.body, depth + 1),
          ...resultOf(jsonata),
          Next,
          ...handling(step.handlers, step, Next, depth, states),
        });
        if (!jsonata) {
          states[`items of ${name}`] = { Type: 'Pass', Parameters: { 'n.$': '$.n', items }, Next: name };
          return `items of ${name}`;
        }
      }
    }
    return name;
  };

  return { machine: { QueryLanguage: program.language, ...scope(program.steps, 0) }, nameOf };
}

const resultOf = (jsonata: boolean) =>
  jsonata
    ? { Output: { n: '{% $states.result[0].n %}', all: '{% $states.result %}' } }
    : { ResultSelector: { 'n.$': '$[0].n', 'all.$': '$' } };
