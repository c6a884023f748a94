/** A run that has failed has given its turn on: before it is redriven it takes one again, so that it does not work beside another. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  DescribeStateMachineForExecutionCommand,
  type DescribeStateMachineForExecutionOutput,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { type RedriveAnswer, type RedriveTurn, TURN_STATE, type TurnInput } from '../tasks/turn';
import type { Connection } from './connection';
import { Refused } from './errors';
import { historyOf } from './follow';
import type { RunRow } from './ledger';
import { PER_SECOND, rateLimiter } from './rate-limit';

/** Runs `redrive` with the turn, where the run had come to have one. @throws {Refused} that names who has it */
export async function withTurn<T>(
  connection: Connection,
  { pipeline, runId, executionArn }: Pick<RunRow, 'pipeline' | 'runId' | 'executionArn'>,
  redriveCount: number,
  redrive: () => Promise<T>,
): Promise<T> {
  const sfn = new SFNClient(connection.client);
  const turn = turnState(await sfn.send(new DescribeStateMachineForExecutionCommand({ executionArn })));
  const hadTurn = async () =>
    (await historyOf(sfn, executionArn, rateLimiter(PER_SECOND.history))).some(
      ({ stateExitedEventDetails: exited }) => exited?.name === TURN_STATE,
    );
  // One that has failed before it, or while it waited, waits for it again by itself.
  if (turn === undefined || !(await hadTurn())) return redrive();

  const lambda = new LambdaClient(connection.client);
  const { maxActive, timeoutSeconds } = turn.Payload;
  const request = { pipeline, executionArn, runId, redrives: redriveCount + 1, maxActive, timeoutSeconds };
  /** Undefined where runs of what is deployed now take no turns. */
  const ask = async (redrive: RedriveTurn): Promise<RedriveAnswer | undefined> => {
    const input = { FunctionName: turn.FunctionName, Payload: Buffer.from(JSON.stringify({ redrive })) };
    const invoked = await unlessGone(() => lambda.send(new InvokeCommand(input)));
    if (invoked === undefined) return undefined;
    const { Payload, FunctionError } = invoked;
    const text = Buffer.from(Payload ?? '{}').toString();
    if (FunctionError !== undefined) throw new Error(`The run's turn could not be taken: ${text}`);
    return JSON.parse(text) as RedriveAnswer;
  };
  const answer = await ask(request);
  if (answer === undefined) return redrive();
  const { taken, behind } = answer;
  if (!taken) throw new Refused(refusal(pipeline, runId, behind));
  try {
    return await redrive();
  } catch (error) {
    await ask({ ...request, undo: true });
    throw error;
  }
}

function refusal(pipeline: string, runId: string, behind: readonly string[]): string {
  const [first = ''] = behind;
  const who = behind.length === 1 ? `run ${first} has it now` : `runs ${behind.join(', ')} have it now`;
  return (
    `The run ${runId} of ${pipeline} gave its turn on when it ended, and ${who}: they are not to work side by side, as 'overlap' says. ` +
    `Redrive it when ${behind.length === 1 ? 'that' : 'one of them'} has ended: npx stepwell redrive ${pipeline} ${runId.slice(0, 8)}. See: npx stepwell show ${first.slice(0, 8)}`
  );
}

async function unlessGone<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

interface TurnArguments {
  readonly FunctionName: string;
  readonly Payload: Pick<TurnInput, 'maxActive' | 'timeoutSeconds'>;
}

function turnState({ definition = '{}' }: Partial<DescribeStateMachineForExecutionOutput>): TurnArguments | undefined {
  const { States = {} } = JSON.parse(definition) as { States?: Record<string, { Arguments?: TurnArguments }> };
  return States[TURN_STATE]?.Arguments;
}
