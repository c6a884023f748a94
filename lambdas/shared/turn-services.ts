/** Turns as they stand in the ledger, and the runs that Step Functions knows. */
import { DeleteItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeExecutionCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { type TurnItem, turnKey, turnPk, WAITING, type WaitingItem, waitingKey } from '../../lib/tasks/turn';
import { ABSENT, getItem, type Ledger, putItem } from './ledger';
import { updateRun } from './run-item';
import type { TurnServices } from './turns';

interface Services {
  readonly ledger: Ledger;
  readonly stepFunctions: SFNClient;
  readonly now: () => number;
}

/** Its attempt has failed, or was told before, or its run has ended. */
const NOBODY_WAITS = new Set(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken']);

const RUNNING = { expression: '#status = :running', names: { '#status': 'status' }, values: { ':running': 'RUNNING' } };

export function turnServices(pipeline: string, { ledger, stepFunctions, now }: Services): TurnServices {
  return {
    pipeline,
    now,
    holders: () => getItem<TurnItem>(ledger, turnKey(pipeline)),
    write: (item) =>
      putItem(
        ledger,
        turnKey(pipeline),
        item,
        item.revision === 1 ? ABSENT : { expression: 'revision = :before', values: { ':before': item.revision - 1 } },
      ),
    async wait({ place, waiting }) {
      await putItem(ledger, waitingKey(pipeline, place), waiting, {
        expression: 'attribute_not_exists(pk) OR #serial <= :serial',
        names: { '#serial': 'serial' },
        values: { ':serial': waiting.serial },
      });
    },
    waitingAt: (place) => getItem<WaitingItem>(ledger, waitingKey(pipeline, place)),
    async first() {
      const { Items } = await ledger.client.send(
        new QueryCommand({
          TableName: ledger.table,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :waiting)',
          ExpressionAttributeValues: marshall({ ':pk': turnPk(pipeline), ':waiting': WAITING }),
          ConsistentRead: true,
          Limit: 1,
        }),
      );
      if (!Items?.[0]) return undefined;
      const { pk: _, sk: place, ...waiting } = unmarshall(Items[0]) as WaitingItem & { pk: string; sk: string };
      return { place, waiting };
    },
    async forget(place, token) {
      await unless('ConditionalCheckFailedException', () =>
        ledger.client.send(
          new DeleteItemCommand({
            TableName: ledger.table,
            Key: marshall(waitingKey(pipeline, place)),
            ConditionExpression: '#token = :token',
            ExpressionAttributeNames: { '#token': 'token' },
            ExpressionAttributeValues: marshall({ ':token': token }),
          }),
        ),
      );
    },
    async tell(taskToken, output) {
      try {
        await stepFunctions.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }));
        return true;
      } catch (error) {
        if (error instanceof Error && NOBODY_WAITS.has(error.name)) return false;
        throw error;
      }
    },
    async execution(executionArn) {
      const execution = await unless('ExecutionDoesNotExist', () =>
        stepFunctions.send(new DescribeExecutionCommand({ executionArn, includedData: 'METADATA_ONLY' })),
      );
      if (execution === undefined) return undefined;
      const { status, redriveCount = 0 } = execution;
      return { isRunning: status === 'RUNNING' || status === 'PENDING_REDRIVE', redrives: redriveCount };
    },
    async note({ owner: executionArn, runId }, change) {
      await updateRun(ledger, { pipeline, runId, executionArn }, change, RUNNING);
    },
    async stop(executionArn, cause) {
      await stepFunctions.send(new StopExecutionCommand({ executionArn, error: 'States.Timeout', cause }));
    },
  };
}

/** Undefined where the call ends in this error. */
async function unless<T>(error: string, call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (caught) {
    if (caught instanceof Error && caught.name === error) return undefined;
    throw caught;
  }
}
