/** What the ledger knows of a pause: since when, and by whom. It stays until what came meanwhile has been started. */
import { DeleteItemCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Connection, Deployed, DeployedPipeline } from './connection';
import { type Start, startsOf } from './starts';

export interface PauseNote {
  /** ISO 8601 */
  readonly since: string;
  readonly by: string;
  readonly reason?: string;
}

export type PipelineState =
  | { readonly state: 'active' }
  /** no note: not by `stepwell pause` */
  | { readonly state: 'paused'; readonly note?: PauseNote }
  /** Paused, and started again by something else, as by a deploy that changes its rule: what came meanwhile has not been loaded. */
  | { readonly state: 'half resumed'; readonly note: PauseNote };

const keyOf = (pipeline: string) => marshall({ pk: `pipeline#${pipeline}`, sk: 'pause' });

export async function noteOf(
  { client }: Pick<Connection, 'client'>,
  { foundation }: Deployed,
  pipeline: string,
): Promise<PauseNote | undefined> {
  const { Item } = await new DynamoDBClient(client).send(
    new GetItemCommand({ TableName: foundation.LedgerTableName!, Key: keyOf(pipeline), ConsistentRead: true }),
  );
  if (Item === undefined) return undefined;
  const { pk, sk, ...note } = unmarshall(Item) as PauseNote & { pk: string; sk: string };
  return note;
}

/** An earlier note stays: since then things are missed. */
export async function writeNote(
  { client }: Pick<Connection, 'client'>,
  { foundation }: Deployed,
  pipeline: string,
  note: PauseNote,
): Promise<void> {
  try {
    await new DynamoDBClient(client).send(
      new PutItemCommand({
        TableName: foundation.LedgerTableName!,
        Item: { ...keyOf(pipeline), ...marshall(note, { removeUndefinedValues: true }) },
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
  } catch (error) {
    if ((error as Error).name !== 'ConditionalCheckFailedException') throw error;
  }
}

export async function removeNote(
  { client }: Pick<Connection, 'client'>,
  { foundation }: Deployed,
  pipeline: string,
): Promise<void> {
  await new DynamoDBClient(client).send(
    new DeleteItemCommand({ TableName: foundation.LedgerTableName!, Key: keyOf(pipeline) }),
  );
}

export async function stateOf(
  connection: Pick<Connection, 'client'> & Partial<Connection>,
  stacks: Deployed,
  at: DeployedPipeline,
): Promise<PipelineState> {
  return (await startsAndState(connection, stacks, at)).state;
}

export async function startsAndState(
  connection: Pick<Connection, 'client'> & Partial<Connection>,
  stacks: Deployed,
  at: DeployedPipeline,
): Promise<{ readonly starts: readonly Start[]; readonly state: PipelineState }> {
  const [starts, note] = await Promise.all([startsOf(connection, at), noteOf(connection, stacks, at.name)]);
  if (starts.some(({ enabled }) => !enabled)) return { starts, state: { state: 'paused', ...(note ? { note } : {}) } };
  return { starts, state: note ? { state: 'half resumed', note } : { state: 'active' } };
}
