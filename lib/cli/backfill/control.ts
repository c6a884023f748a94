/** `backfill pause`, `resume`, `set` and `cancel`. */
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { SendTaskSuccessCommand, StopExecutionCommand, UpdateMapRunCommand } from '@aws-sdk/client-sfn';
import { marshall } from '@aws-sdk/util-dynamodb';
import { type Backfills, backfillsOf, changeBackfill, findBackfill, isOpen } from '../../operate/backfill/ledger';
import { mapRunOf, progressOf } from '../../operate/backfill/progress';
import { Refused } from '../../operate/errors';
import { count, plural } from '../../operate/text';
import { type BackfillItem, backfillKey } from '../../tasks/backfill';
import { connect } from '../connect';
import { printer, type VerbOptions } from '../printer';
import { documentOf } from './told';

/** Runs that are under way go on. The next find the pause in the ledger, and wait. */
export async function pauseBackfill(wanted: string, options: VerbOptions): Promise<void> {
  const backfills = await backfillsOf(await connect(options));
  const item = await findBackfill(backfills, wanted);
  requireOpen(item);
  if (item.status === 'PAUSED' || !(await changeBackfill(backfills, item.id, { status: 'PAUSED' }, ['RUNNING'])))
    throw new Refused(
      `The backfill ${item.id} is paused already. Let it go on: npx stepwell backfill resume ${item.id}`,
    );
  printer(options).print(documentOf({ ...item, status: 'PAUSED' }), () => [
    `Backfill ${item.id} is paused: runs that are under way go on, no more are started.`,
    `Let it go on: npx stepwell backfill resume ${item.id}`,
  ]);
}

/** Whoever waits goes on. Asked again after a failure half way, it goes on with those that still wait. */
export async function resumeBackfill(
  wanted: string,
  { maxActive, ...options }: VerbOptions & { readonly maxActive?: number },
): Promise<void> {
  const backfills = await backfillsOf(await connect(options));
  const item = await findBackfill(backfills, wanted);
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
  printer(options).print(
    documentOf({ ...item, ...(maxActive === undefined ? {} : { maxActive }), status: 'RUNNING' }),
    () => [`Backfill ${item.id} goes on${maxActive === undefined ? '' : `, ${count(maxActive)} at a time`}.`],
  );
}

/** How many runs there are at a time from now on: those that are under way go on, also where they are more. */
export async function setBackfill(
  wanted: string,
  options: VerbOptions & { readonly maxActive: number },
): Promise<void> {
  const backfills = await backfillsOf(await connect(options));
  const item = await changeActive(backfills, await findBackfill(backfills, wanted), options.maxActive);
  printer(options).print(documentOf(item), () => [
    `Backfill ${item.id} runs ${count(item.maxActive)} at a time from now on${item.status === 'PAUSED' ? ', once it goes on' : ''}; those that are under way go on.`,
  ]);
}

async function changeActive(backfills: Backfills, item: BackfillItem, maxActive: number): Promise<BackfillItem> {
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

/** The state machine, its children and the runs under way. */
export async function cancelBackfill(wanted: string, options: VerbOptions): Promise<void> {
  const backfills = await backfillsOf(await connect(options));
  const item = await findBackfill(backfills, wanted);
  requireOpen(item);
  // First, so that what it has written down of its end by then is not overwritten.
  if (!(await changeBackfill(backfills, item.id, { status: 'CANCELLED' }, ['RUNNING', 'PAUSED'])))
    throw ended(await findBackfill(backfills, item.id));
  const { executionArn } = item;
  const { running = 0 } = (await progressOf(backfills.stepFunctions, item)) ?? {};
  try {
    await backfills.stepFunctions.send(
      new StopExecutionCommand({ executionArn, error: 'Cancelled', cause: `npx stepwell backfill cancel ${item.id}` }),
    );
  } catch (error) {
    if ((error as Error).name !== 'ExecutionDoesNotExist') throw error;
  }
  const { succeeded = 0, failed = 0 } = (await progressOf(backfills.stepFunctions, item)) ?? {};
  const end = { counts: { succeeded, skipped: 0, failed }, endedAt: new Date().toISOString() };
  await changeBackfill(backfills, item.id, end, ['CANCELLED']);
  printer(options).print(documentOf({ ...item, ...end, status: 'CANCELLED' }), () => [
    `Backfill ${item.id} is cancelled: ${count(succeeded)} of ${plural(item.runs, 'run')} succeeded, ${count(failed)} failed, ${count(running)} under way ${running === 1 ? 'was' : 'were'} stopped.`,
    `What has not succeeded can be run: npx stepwell backfill rerun ${item.id}`,
  ]);
}

/** @throws {Refused} */
export function requireOpen(item: BackfillItem): void {
  if (!isOpen(item)) throw ended(item);
}

const ended = ({ id, status }: BackfillItem): Refused =>
  new Refused(
    `The backfill ${id} ${status === 'CANCELLED' ? 'was cancelled' : 'has ended'} already. See: npx stepwell backfill show ${id}`,
  );
