import { ErrorName } from '../../asl/errors';

/** AWS: a longer cause is cut off. */
const CAUSE_LIMIT_CHARACTERS = 32_768;

/** An error as a state machine sees it: a name that Retry and Catch match, and a cause. */
export class StatesError extends Error {
  constructor(
    readonly error: string,
    cause?: string,
    readonly details: {
      /** Raised by the interpreter: the cause is prefixed with the state that it happened in. */
      readonly own?: boolean;
      /** Where in the state a JSONata expression failed; an EvaluationFailed event is recorded. */
      readonly location?: string;
      /** An event in the history tells of it already. */
      readonly recorded?: boolean;
      /** What `ErrorEquals` matches beside `error`. */
      readonly alias?: string;
    } = {},
  ) {
    super(cause ?? '');
    this.name = error;
    this.reason = cause?.slice(0, CAUSE_LIMIT_CHARACTERS);
  }

  /** The cause; undefined where AWS reports none. */
  readonly reason: string | undefined;
}

/** The state's branch, iteration or execution was ended from outside. */
export class Cancelled extends Error {
  constructor() {
    super('cancelled');
    this.name = 'Cancelled';
  }
}

export const runtimeError = (cause: string): StatesError => new StatesError(ErrorName.runtime, cause, { own: true });

export const evaluationError = (cause: string, location: string): StatesError =>
  new StatesError(ErrorName.queryEvaluationError, cause, { own: true, location });

/** What is wrong with a definition, in the words of CreateStateMachine. */
export class DefinitionError extends Error {
  constructor(readonly diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(sayDiagnostic).join(', '));
    this.name = 'DefinitionError';
  }
}

export interface Diagnostic {
  /** ERROR unless told. */
  readonly severity?: 'WARNING';
  readonly code: string;
  readonly message: string;
  /** JSON pointer; absent when it is about the whole definition. */
  readonly location?: string;
}

/** As a refusal has it, a location that there is not included. */
export const sayDiagnostic = ({ code, message, location = 'null' }: Diagnostic): string =>
  `${code}: ${message} at ${location}`;
