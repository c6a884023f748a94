/** What is done with a backfill that goes on: it is paused, resumed, changed and cancelled. */
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { SendTaskSuccessCommand, StopExecutionCommand, UpdateMapRunCommand } from '@aws-sdk/client-sfn';
import { marshall } from '@aws-sdk/util-dynamodb';
import { type BackfillItem, backfillKey } from '../../tasks/backfill';
import { Refused } from '../errors';
import { type Backfills, changeBackfill, findBackfill, isOpen } from './ledger';
import { mapRunOf, progressOf } from './progress';

/** Runs that are under way go on. The next find the pause in the ledger, and wait. @throws {Refused} */
export async function pauseBackfill(backfills: Backfills, item: BackfillItem): Promise<BackfillItem> {
  requireOpen(item);
  if (item.status === 'PAUSED' || !(await changeBackfill(backfills, item.id, { status: 'PAUSED' }, ['RUNNING'])))
    throw new Refused(
      `The backfill ${item.id} is paused already. Let it go on: npx stepwell backfill resume ${item.id}`,
    );
  return { ...item, status: 'PAUSED' };
}

/** Whoever waits goes on. Asked again after a failure half way, it goes on with those that still wait. @throws {Refused} */
export async function resumeBackfill(
  backfills: Backfills,
  item: BackfillItem,
  maxActive?: number,
): Promise<BackfillItem> {
  requireOpen(item);
  if (maxActive !== undefined && item.status === 'PAUSED') await changeActive(backfills, item, maxActive);
  const resumed = await changeBackfill(backfills, item.id, { status: 'RUNNING' }, ['PAUSED']);
  // Read once nobody adds to them any more.
  const { tokens = {} } = await findBackfill(backfills, item.id);
  if (!resumed && Object.keys(tokens).length === 0)
    throw new Refused(
      `The backfill ${item.id} is not paused. ${maxActive === undefined ? `See: npx stepwell backfill show ${item.id}` : `To change how many runs there are at a time: npx stepwell backfill set ${item.id} --max-active ${maxActive}`}`,
    );
  for (const [child, token] of Object.entries(tokens)) await release(backfills, item.id, child, token);
  return { ...item, ...(maxActive === undefined ? {} : { maxActive }), status: 'RUNNING' };
}

/** How many runs there are at a time from now on: those that are under way go on, also where they are more. @throws {Refused} */
export async function changeActive(backfills: Backfills, item: BackfillItem, maxActive: number): Promise<BackfillItem> {
  requireOpen(item);
  const mapRunArn = await mapRunOf(backfills.stepFunctions, item.executionArn);
  if (mapRunArn === undefined)
    throw new Refused(`The backfill ${item.id} has not begun its runs yet. Say it again in a moment.`);
  try {
    await backfills.stepFunctions.send(new UpdateMapRunCommand({ mapRunArn, maxConcurrency: maxActive }));
  } catch (error) {
    // Its last run has ended meanwhile.
    if ((error as Error).name === 'ValidationException') throw ended(await findBackfill(backfills, item.id));
    throw error;
  }
  await changeBackfill(backfills, item.id, { maxActive }, ['RUNNING', 'PAUSED']);
  return { ...item, maxActive };
}

/** Nobody waits with it: it was stopped, or somebody else has resumed it. */
const GONE: ReadonlySet<string> = new Set(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken']);

async function release(
  { stepFunctions, dynamoDb, table }: Backfills,
  id: string,
  child: string,
  taskToken: string,
): Promise<void> {
  try {
    await stepFunctions.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }));
  } catch (error) {
    if (!GONE.has((error as Error).name)) throw error;
  }
  try {
    await dynamoDb.send(
      new UpdateItemCommand({
        TableName: table,
        Key: marshall(backfillKey(id)),
        UpdateExpression: 'REMOVE tokens.#child',
        // It may have been paused again, and the child may wait anew.
        ConditionExpression: 'tokens.#child = :token',
        ExpressionAttributeNames: { '#child': child },
        ExpressionAttributeValues: marshall({ ':token': taskToken }),
      }),
    );
  } catch (error) {
    // Also where the backfill has ended meanwhile, and has no tokens any more.
    if (!['ConditionalCheckFailedException', 'ValidationException'].includes((error as Error).name)) throw error;
  }
}

export interface Cancelled {
  readonly item: BackfillItem;
  /** runs that were under way */
  readonly stopped: number;
}

/** The state machine, its children and the runs under way. `by`: as its history says. @throws {Refused} */
export async function cancelBackfill(backfills: Backfills, item: BackfillItem, by: string): Promise<Cancelled> {
  requireOpen(item);
  // First, so that what it has written down of its end by then is not overwritten.
  if (!(await changeBackfill(backfills, item.id, { status: 'CANCELLED' }, ['RUNNING', 'PAUSED'])))
    throw ended(await findBackfill(backfills, item.id));
  const { executionArn } = item;
  const { running = 0 } = (await progressOf(backfills.stepFunctions, item)) ?? {};
  try {
    await backfills.stepFunctions.send(new StopExecutionCommand({ executionArn, error: 'Cancelled', cause: by }));
  } catch (error) {
    if ((error as Error).name !== 'ExecutionDoesNotExist') throw error;
  }
  const { succeeded = 0, failed = 0 } = (await progressOf(backfills.stepFunctions, item)) ?? {};
  const end = { counts: { succeeded, skipped: 0, failed }, endedAt: new Date().toISOString() };
  await changeBackfill(backfills, item.id, end, ['CANCELLED']);
  return { item: { ...item, ...end, status: 'CANCELLED' }, stopped: running };
}

/** @throws {Refused} */
export function requireOpen(item: BackfillItem): void {
  if (!isOpen(item)) throw ended(item);
}

const ended = ({ id, status }: BackfillItem): Refused =>
  new Refused(
    `The backfill ${id} ${status === 'CANCELLED' ? 'was cancelled' : 'has ended'} already. See: npx stepwell backfill show ${id}`,
  );
