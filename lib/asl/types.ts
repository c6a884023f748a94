/**
 * The Amazon States Language as types: all eight state types in both query languages, spelt as the specification spells them
 * (https://states-language.net, https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html).
 * Plain JSON: what is built from these is what Step Functions is given.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export type QueryLanguage = 'JSONPath' | 'JSONata';

/** A JSONata expression between `{%` and `%}`. */
export type Expression = `{%${string}%}`;

/** A JSONPath, `$.a.b` or `$$.Execution.Id` (the context object) or `$name` (a variable). */
export type Path = string;

export interface StateMachine {
  readonly Comment?: string;
  readonly QueryLanguage?: QueryLanguage;
  readonly StartAt: string;
  readonly States: States;
  readonly TimeoutSeconds?: number;
  readonly Version?: '1.0';
}

export type States = Readonly<Record<string, State>>;

export type State =
  | TaskState
  | PassState
  | ChoiceState
  | WaitState
  | SucceedState
  | FailState
  | ParallelState
  | MapState;

export type StateType = State['Type'];

interface Common {
  readonly Comment?: string;
  readonly QueryLanguage?: QueryLanguage;
}

/** Exactly one of `Next` and `End: true` must be there. */
export interface Transition {
  readonly Next?: string;
  readonly End?: boolean;
}

interface Input {
  /** JSONPath only. */
  readonly InputPath?: Path | null;
  /** JSONPath only. */
  readonly OutputPath?: Path | null;
}

interface Output {
  /** JSONata only: what the state hands on; expressions may stand at any depth. */
  readonly Output?: Json;
}

interface Assign {
  /** Variables set when the state ends. JSONata values, or a JSONPath payload template. */
  readonly Assign?: JsonObject;
}

interface Result {
  /** JSONPath only. */
  readonly ResultPath?: Path | null;
  /** JSONPath only. */
  readonly ResultSelector?: JsonObject;
}

interface Failable {
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
}

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly Comment?: string;
  /** Seconds before the first retry; 1 unless told. */
  readonly IntervalSeconds?: number;
  /** 3 unless told; 0 never retries. */
  readonly MaxAttempts?: number;
  /** 2.0 unless told; at least 1. */
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: 'FULL' | 'NONE';
}

export interface Catcher extends Assign, Output {
  readonly ErrorEquals: readonly string[];
  readonly Comment?: string;
  readonly Next: string;
  /** JSONPath only. */
  readonly ResultPath?: Path | null;
}

export interface TaskState extends Common, Transition, Input, Output, Assign, Result, Failable {
  readonly Type: 'Task';
  readonly Resource: string;
  /** JSONata only. */
  readonly Arguments?: Json;
  /** JSONPath only. */
  readonly Parameters?: Json;
  readonly TimeoutSeconds?: number | Expression;
  readonly TimeoutSecondsPath?: Path;
  readonly HeartbeatSeconds?: number | Expression;
  readonly HeartbeatSecondsPath?: Path;
  readonly Credentials?: JsonObject;
}

export interface PassState extends Common, Transition, Input, Output, Assign {
  readonly Type: 'Pass';
  /** JSONPath only. */
  readonly Result?: Json;
  /** JSONPath only. */
  readonly ResultPath?: Path | null;
  /** JSONPath only. */
  readonly Parameters?: Json;
}

export interface ChoiceState extends Common, Input, Output, Assign {
  readonly Type: 'Choice';
  readonly Choices: readonly ChoiceRule[];
  readonly Default?: string;
}

/** JSONata: `Condition`. JSONPath: `Variable` and an operator of `operators.ts`, or `And`, `Or`, `Not`. */
export interface ChoiceRule extends Assign, Output {
  readonly Comment?: string;
  readonly Next: string;
  readonly Condition?: Expression | boolean;
  readonly Variable?: Path;
  readonly And?: readonly ChoiceTest[];
  readonly Or?: readonly ChoiceTest[];
  readonly Not?: ChoiceTest;
  readonly [operator: string]: unknown;
}

export interface ChoiceTest {
  readonly Variable?: Path;
  readonly And?: readonly ChoiceTest[];
  readonly Or?: readonly ChoiceTest[];
  readonly Not?: ChoiceTest;
  readonly [operator: string]: unknown;
}

export interface WaitState extends Common, Transition, Input, Output, Assign {
  readonly Type: 'Wait';
  readonly Seconds?: number | Expression;
  readonly Timestamp?: string;
  readonly SecondsPath?: Path;
  readonly TimestampPath?: Path;
}

export interface SucceedState extends Common, Input, Output {
  readonly Type: 'Succeed';
}

export interface FailState extends Common {
  readonly Type: 'Fail';
  readonly Error?: string;
  readonly Cause?: string;
  readonly ErrorPath?: Path;
  readonly CausePath?: Path;
}

/** A machine inside a Parallel or a Map: it sees the outer variables, and its own end with it. */
export interface SubMachine {
  readonly Comment?: string;
  readonly QueryLanguage?: QueryLanguage;
  readonly StartAt: string;
  readonly States: States;
}

export interface ParallelState extends Common, Transition, Input, Output, Assign, Result, Failable {
  readonly Type: 'Parallel';
  readonly Branches: readonly SubMachine[];
  /** JSONata only. */
  readonly Arguments?: Json;
  /** JSONPath only. */
  readonly Parameters?: Json;
}

export interface ProcessorConfig {
  readonly Mode?: 'INLINE' | 'DISTRIBUTED';
  readonly ExecutionType?: 'STANDARD' | 'EXPRESS';
}

export interface ItemProcessor extends SubMachine {
  readonly ProcessorConfig?: ProcessorConfig;
}

export interface ItemReader {
  readonly Resource: string;
  readonly ReaderConfig?: JsonObject;
  readonly Arguments?: JsonObject;
  readonly Parameters?: JsonObject;
}

export interface ItemBatcher {
  readonly BatchInput?: Json;
  readonly MaxItemsPerBatch?: number | Expression;
  readonly MaxItemsPerBatchPath?: Path;
  readonly MaxInputBytesPerBatch?: number | Expression;
  readonly MaxInputBytesPerBatchPath?: Path;
}

export interface ResultWriter {
  readonly Resource?: string;
  readonly Arguments?: JsonObject;
  readonly Parameters?: JsonObject;
  readonly WriterConfig?: JsonObject;
}

export interface MapState extends Common, Transition, Input, Output, Assign, Result, Failable {
  readonly Type: 'Map';
  readonly ItemProcessor?: ItemProcessor;
  /** The older name of `ItemProcessor`. */
  readonly Iterator?: ItemProcessor;
  /** JSONata only: an array (or an expression that gives one); the state's input unless told. */
  readonly Items?: Expression | readonly Json[];
  /** JSONPath only. */
  readonly ItemsPath?: Path;
  readonly ItemSelector?: Json;
  /** JSONPath only; the older name of `ItemSelector`. */
  readonly Parameters?: Json;
  readonly ItemReader?: ItemReader;
  readonly ItemBatcher?: ItemBatcher;
  readonly ResultWriter?: ResultWriter;
  readonly MaxConcurrency?: number | Expression;
  readonly MaxConcurrencyPath?: Path;
  readonly ToleratedFailureCount?: number | Expression;
  readonly ToleratedFailureCountPath?: Path;
  readonly ToleratedFailurePercentage?: number | Expression;
  readonly ToleratedFailurePercentagePath?: Path;
  readonly Label?: string;
}
