/** Deletes the text of bad rows for good; that there were some, how many, and who did it why stays in the ledger. */
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteObjectsCommand } from '@aws-sdk/client-s3';
import { marshall } from '@aws-sdk/util-dynamodb';
import { callerText } from './caller';
import { type Connection, type Deployed, s3Of } from './connection';
import { Refused, UserError } from './errors';
import type { Discarded, RunRow } from './ledger';
import { countBadRows, countsText, sourceOfKey } from './quarantine-rows';
import { plural } from './text';

export interface DiscardPlan {
  readonly run: RunRow;
  /** in the work bucket */
  readonly keys: readonly string[];
  readonly rows: number;
  /** `6 rows of orders/2026-04.csv`, or how many files where they are gone */
  readonly what: string;
  readonly source?: string;
}

/** What would be deleted. @throws {Refused} where there is nothing */
export async function planDiscard(connection: Connection, run: RunRow, source?: string): Promise<DiscardPlan> {
  const keys = keysOf(run, source);
  const counts = await countBadRows(connection, { quarantine: keys });
  const rows = [...counts.values()].reduce((sum, n) => sum + n, 0);
  const what = rows === 0 ? plural(keys.length, 'file') : countsText(counts);
  return { run, keys, rows, what, ...(source === undefined ? {} : { source }) };
}

export async function discard(
  connection: Connection,
  stacks: Deployed,
  { run, keys, rows, source }: DiscardPlan,
  reason?: string,
): Promise<Discarded> {
  const discarded: Discarded = {
    ...(source === undefined ? {} : { source }),
    rows,
    at: new Date().toISOString(),
    by: await callerText(connection),
    ...(reason === undefined ? {} : { reason }),
  };
  // First the files: a discard that is broken off can be repeated, and what the ledger calls deleted is.
  await deleteObjects(connection, stacks, keys);
  await note(connection, stacks, run, { keys, discarded });
  return discarded;
}

function keysOf({ runId, quarantine = [], discarded = [] }: RunRow, source: string | undefined): string[] {
  const keys = quarantine.filter((key) => source === undefined || sourceOfKey(key) === source);
  if (keys.length > 0) return keys;
  if (quarantine.length > 0) {
    const sources = [...new Set(quarantine.map(sourceOfKey))].join(', ');
    throw new Refused(`No bad row of run ${runId} is of source '${source}'. It has some of: ${sources}.`);
  }
  const last = discarded.at(-1);
  throw new Refused(
    last
      ? `The bad rows of run ${runId} were discarded by ${last.by} at ${last.at} already.`
      : `The run ${runId} has no bad rows: there is nothing to discard.`,
  );
}

const MOST_AT_ONCE = 1000;

async function deleteObjects(connection: Connection, { foundation }: Deployed, keys: readonly string[]): Promise<void> {
  const s3 = s3Of(connection);
  for (let at = 0; at < keys.length; at += MOST_AT_ONCE) {
    const Objects = keys.slice(at, at + MOST_AT_ONCE).map((Key) => ({ Key }));
    const { Errors = [] } = await s3.send(
      new DeleteObjectsCommand({ Bucket: foundation.WorkBucketName, Delete: { Objects, Quiet: true } }),
    );
    if (Errors[0]) throw new UserError(`${Errors[0].Key} could not be deleted: ${Errors[0].Message}. Try again.`);
  }
}

async function note(
  { client }: Connection,
  { foundation }: Deployed,
  { pipeline, runId, quarantine = [] }: RunRow,
  { keys, discarded }: { readonly keys: readonly string[]; readonly discarded: Discarded },
): Promise<void> {
  const left = quarantine.filter((key) => !keys.includes(key));
  await new DynamoDBClient(client).send(
    new UpdateItemCommand({
      TableName: foundation.LedgerTableName,
      Key: marshall({ pk: `pipeline#${pipeline}`, sk: `run#${runId}` }),
      UpdateExpression: 'SET quarantine = :left, discarded = list_append(if_not_exists(discarded, :none), :this)',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeValues: marshall({ ':left': left, ':none': [], ':this': [discarded] }),
    }),
  );
}
