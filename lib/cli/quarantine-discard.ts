/** Deletes the text of bad rows for good; that there were some, how many, and who did it why stays in the ledger. */
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteObjectsCommand } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { marshall } from '@aws-sdk/util-dynamodb';
import { type Connection, type Deployed, deployed, s3Of } from '../operate/connection';
import { Refused, UserError } from '../operate/errors';
import { type Discarded, findRun, type RunRow } from '../operate/ledger';
import { countBadRows, countsText, sourceOfKey } from '../operate/quarantine-rows';
import { plural } from '../operate/text';
import { connect } from './connect';
import { printer, type VerbOptions } from './printer';

export interface DiscardOptions extends VerbOptions {
  /** only of this source */
  readonly source?: string;
  readonly reason?: string;
  /** do not ask */
  readonly yes: boolean;
}

export async function discardQuarantine(wanted: string, options: DiscardOptions): Promise<void> {
  const connection = await connect(options);
  const stacks = await deployed(connection);
  const run = await findRun(connection, wanted);
  const keys = keysOf(run, options.source);
  const counts = await countBadRows(connection, { quarantine: keys });
  const rows = [...counts.values()].reduce((sum, n) => sum + n, 0);
  const what = rows === 0 ? plural(keys.length, 'file') : countsText(counts);
  await confirm(`Delete ${what} in quarantine of run ${run.runId} for good?`, options);

  const discarded: Discarded = {
    ...(options.source === undefined ? {} : { source: options.source }),
    rows,
    at: new Date().toISOString(),
    by: await caller(connection),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
  };
  // First the files: a discard that is broken off can be repeated, and what the ledger calls deleted is.
  await deleteObjects(connection, stacks, keys);
  await note(connection, stacks, run, { keys, discarded });
  printer(options).print({ pipeline: run.pipeline, runId: run.runId, files: keys.length, ...discarded }, () => [
    `Discarded: ${what} of run ${run.runId}. The files that they came from are as they were.`,
  ]);
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

async function confirm(question: string, { yes }: DiscardOptions): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) throw new Refused(`${question} There is nobody to ask: say so with --yes.`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} They cannot be brought back. [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new Refused('Nothing was deleted.');
  } finally {
    terminal.close();
  }
}

/** Who is at this machine, and as whom AWS knows them. */
async function caller({ client }: Connection): Promise<string> {
  const { Arn } = await new STSClient(client).send(new GetCallerIdentityCommand({}));
  return `${userInfo().username} (${Arn})`;
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
