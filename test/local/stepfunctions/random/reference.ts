/** What comes of a program, said without states, events or time. */
import type { Names } from './machine';
import type { Handlers, Program, Step } from './program';

export interface Data {
  readonly n: number;
  readonly [key: string]: unknown;
}

/** What a task answers with, on its first attempt and later ones. */
export interface Call {
  readonly n: number;
  readonly attempt: number;
  readonly fails: number;
  readonly error: string;
}
export const TASK_CAUSE = 'the task failed';
export const taskResult = ({ n }: Pick<Call, 'n'>) => ({ n: n + 100 });

export type Ending =
  | { readonly status: 'SUCCEEDED'; readonly output: Data }
  | { readonly status: 'FAILED'; readonly error: string; readonly cause: string };

class Failure extends Error {
  constructor(
    readonly error: string,
    readonly reason: string,
  ) {
    super(reason);
  }
}

type Variables = Readonly<Record<string, number>>;
interface Position {
  data: Data;
  variables: Variables;
}

export function evaluate(program: Program, nameOf: Names): Ending {
  const isJsonata = (step: Step) => program.language === 'JSONata' || step.language === 'JSONata';

  const runScope = (steps: readonly Step[], depth: number, data: Data, outer: Variables): Data => {
    const position = { data, variables: { ...outer, [`x${depth}`]: data.n } };
    runSteps(steps, depth, position);
    return position.data;
  };

  const runSteps = (steps: readonly Step[], depth: number, position: Position): void => {
    for (const step of steps) runStep(step, depth, position);
  };

  const set = (position: Position, depth: number, value: number) => {
    position.variables = { ...position.variables, [`x${depth}`]: value };
  };

  const runStep = (step: Step, depth: number, position: Position): void => {
    const { data, variables } = position;
    const { n } = data;
    switch (step.kind) {
      case 'add':
        position.data = { n: n + step.by };
        return;
      case 'assign':
        set(position, depth, n + step.plus);
        return;
      case 'use':
        position.data = { n: n + variables[`x${Math.max(0, depth - step.up)}`]! };
        return;
      case 'wait':
        return;
      case 'fail':
        throw new Failure(step.error, 'failed');
      case 'broken':
        throw isJsonata(step)
          ? new Failure('States.QueryEvaluationError', nothing(nameOf(step)))
          : new Failure('States.Runtime', '');
      case 'choice':
        if (n > step.over) set(position, depth, step.over);
        runSteps(n > step.over ? step.yes : step.no, depth, position);
        return;
      case 'task':
        handled(step.handlers, step, depth, position, (attempt) => {
          if (attempt < step.fails) throw new Failure(step.error, TASK_CAUSE);
          return taskResult(data);
        });
        return;
      case 'parallel':
        handled(step.handlers, step, depth, position, () =>
          gathered(step.branches.map((branch) => runScope(branch, depth + 1, data, variables))),
        );
        return;
      case 'map':
        if (!isJsonata(step)) position.data = { n, items: step.items };
        handled(step.handlers, step, depth, position, () =>
          gathered(step.items.map((item) => runScope(step.body, depth + 1, { n: item }, variables))),
        );
    }
  };

  /** Retry counts for each retrier apart; the context counts all. */
  const handled = (
    handlers: Handlers,
    step: Step,
    depth: number,
    position: Position,
    work: (attempt: number) => Data,
  ): void => {
    const left = handlers.retry.map(({ max }) => max);
    for (let attempt = 0; ; attempt++) {
      try {
        position.data = work(attempt);
        return;
      } catch (thrown) {
        if (!(thrown instanceof Failure) || thrown.error === 'States.Runtime') throw thrown;
        const index = handlers.retry.findIndex(({ errors }) => names(errors, thrown.error));
        if (index >= 0 && left[index]! > 0) {
          left[index]!--;
          continue;
        }
        const catcher = handlers.catch.find(({ errors }) => names(errors, thrown.error));
        if (!catcher) throw thrown;
        const e = { Error: thrown.error, Cause: thrown.reason };
        position.data = isJsonata(step) ? { n: position.data.n, e } : { ...position.data, e };
        runSteps(catcher.to, depth, position);
        return;
      }
    }
  };

  try {
    return { status: 'SUCCEEDED', output: runScope(program.steps, 0, program.input, {}) };
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    return { status: 'FAILED', error: thrown.error, cause: thrown.reason };
  }
}

const gathered = (all: readonly Data[]): Data => ({ n: all[0]!.n, all });

const nothing = (state: string) =>
  `An error occurred while executing the state '${state}' (entered at the event id #?). The JSONata expression ` +
  "'$states.input.missing' specified for the field 'Output' returned nothing (undefined).";

/** https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html */
function names(errors: readonly string[], error: string): boolean {
  if (errors.includes(error)) return true;
  if (error === 'States.DataLimitExceeded') return false;
  return errors.includes('States.ALL') || (errors.includes('States.TaskFailed') && error !== 'States.Timeout');
}
