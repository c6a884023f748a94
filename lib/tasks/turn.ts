/**
 * Runs of a pipeline whose `overlap` is not 'allow' take turns: who has it (at most `maxActive`), who waits for it, and what passes
 * between the state machine, the function that deals turns out, and those that ask after them.
 */
import * as z from 'zod/mini';
import { backfillOf } from './backfill';

/** The state of a run that waits. */
export const TURN_STATE = 'Turn';

/** The policies that need turns. `skip`: what the schedule starts while another run is at work ends at once. */
export const overlapPolicy = z.enum(['queue', 'skip']);
export type OverlapPolicy = z.infer<typeof overlapPolicy>;

const turnExecution = z.strictObject({
  arn: z.string(),
  name: z.string(),
  /** how often the run was redriven, and how often this state was retried since */
  redrives: z.int(),
  retries: z.int(),
});

/** From the state machine: answered by the task token, when the run's turn has come. */
export const turnInput = z.strictObject({
  pipeline: z.string(),
  execution: turnExecution,
  policy: overlapPolicy,
  maxActive: z.int(),
  /** how long the run may take from its turn on */
  timeoutSeconds: z.int(),
  /** orders runs that wait: `_arrival` of what the run loads */
  arrival: z.string(),
  /** what the execution was started with */
  trigger: z.unknown(),
  taskToken: z.string(),
});
export type TurnInput = z.infer<typeof turnInput>;

/** From the CLI, before it redrives a run that has given its turn on: answered at once. */
export const redriveTurn = z.strictObject({
  redrive: z.strictObject({
    pipeline: z.string(),
    executionArn: z.string(),
    runId: z.string(),
    /** which redrive it is to be: 1 for the first */
    redrives: z.int(),
    maxActive: z.int(),
    timeoutSeconds: z.int(),
    /** the redrive has come to nothing: gives the turn on */
    undo: z.optional(z.boolean()),
  }),
});
export type RedriveTurn = z.infer<typeof redriveTurn>['redrive'];

/** `behind`: runs that have the turn, or are before it. */
export const redriveAnswer = z.strictObject({ taken: z.boolean(), behind: z.array(z.string()) });
export type RedriveAnswer = z.infer<typeof redriveAnswer>;

/** What completes the token. */
export const turnOutput = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('taken') }),
  /** ends the run */
  z.strictObject({ outcome: z.literal('skipped'), reason: z.string() }),
]);
export type TurnOutput = z.infer<typeof turnOutput>;

/** A run that has the turn. */
export interface Holder {
  /** ARN of the execution */
  readonly owner: string;
  readonly runId: string;
  /** the redrive that it was given to: the end of an earlier one says nothing of this */
  readonly redrives: number;
  /** ISO 8601 */
  readonly since: string;
  /** when it has taken too long */
  readonly until: string;
  /** where it has waited, until it was told */
  readonly place?: string;
}

/** One item a pipeline: who has the turn. */
export interface TurnItem {
  readonly pipeline: string;
  readonly maxActive: number;
  readonly holders: readonly Holder[];
  /** changes with every write: the condition of the next one */
  readonly revision: number;
  /** index `open`, for the sweeper; absent while nobody has the turn */
  readonly openPk?: 'turn' | undefined;
  readonly dueAt?: string | undefined;
}

/** One item a run that waits. */
export interface WaitingItem {
  readonly owner: string;
  readonly runId: string;
  readonly redrives: number;
  /** grows with each attempt: a late one does not replace the token of the next */
  readonly serial: number;
  readonly token: string;
  /** ISO 8601 */
  readonly since: string;
  readonly timeoutSeconds: number;
}

export const turnPk = (pipeline: string): string => `turn#${pipeline}`;
export const turnKey = (pipeline: string) => ({ pk: turnPk(pipeline), sk: 'holders' });
export const WAITING = 'waiting#';
export const waitingKey = (pipeline: string, place: string) => ({ pk: turnPk(pipeline), sk: place });

/** Its sort key: runs of a backfill, which may be thousands, let all others go first; of each kind the oldest data does. */
export const placeOf = ({ arrival, execution: { name } }: Pick<TurnInput, 'arrival' | 'execution'>): string =>
  `${WAITING}${backfillOf(name) === undefined ? 1 : 2}#${arrival}#${name}`;

/** Retries of one state are far fewer. */
const MOST_RETRIES = 10_000;
export const serialOf = ({ redrives, retries }: TurnInput['execution']): number => redrives * MOST_RETRIES + retries;
