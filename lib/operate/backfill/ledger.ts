/** Backfills as the ledger knows them. */
import {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { mayMatchTheSame } from '../../pipeline/globs';
import { BACKFILLS, type BackfillItem, backfillKey, openBackfillsKey } from '../../tasks/backfill';
import { type Connection, type Deployed, deployed } from '../connection';
import { NotReachable, Refused } from '../errors';
import { limitsOf, type RateLimiter } from '../rate-limit';
import { plural } from '../text';

export interface Backfills {
  readonly stacks: Deployed;
  readonly client: Connection['client'];
  readonly dynamoDb: DynamoDBClient;
  readonly stepFunctions: SFNClient;
  readonly describe: RateLimiter;
  readonly table: string;
  readonly machineArn: string;
  readonly workBucket: string;
}

/** @throws {NotReachable} where what is deployed knows no backfills yet */
export async function backfillsOf(connection: Connection, known?: Deployed): Promise<Backfills> {
  const stacks = known ?? (await deployed(connection));
  const { LedgerTableName, BackfillMachineArn, WorkBucketName } = stacks.foundation;
  if (!LedgerTableName || !BackfillMachineArn || !WorkBucketName)
    throw new NotReachable(
      `What is deployed in ${stacks.where} cannot run backfills: deploy its stack Stepwell-Foundation anew.`,
    );
  const { client } = connection;
  return {
    stacks,
    client,
    dynamoDb: new DynamoDBClient(client),
    stepFunctions: new SFNClient(client),
    describe: limitsOf(connection).describe,
    table: LedgerTableName,
    machineArn: BackfillMachineArn,
    workBucket: WorkBucketName,
  };
}

export const executionOf = (machineArn: string, id: string): string =>
  `${machineArn.replace(':stateMachine:', ':execution:')}:${id}`;

export const isOpen = ({ status }: Pick<BackfillItem, 'status'>): boolean =>
  status === 'RUNNING' || status === 'PAUSED';

/** The latest first; those of one pipeline, if that is named. */
export async function allBackfills({ dynamoDb, table }: Backfills, pipeline?: string): Promise<BackfillItem[]> {
  const found: BackfillItem[] = [];
  let ExclusiveStartKey: QueryCommand['input']['ExclusiveStartKey'];
  do {
    const page = await dynamoDb.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
        ExpressionAttributeValues: marshall({ ':pk': BACKFILLS, ':sk': backfillKey('').sk }),
        ConsistentRead: true,
        ExclusiveStartKey,
      }),
    );
    found.push(...(page.Items ?? []).map((item) => unmarshall(item) as BackfillItem));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return found
    .filter((item) => pipeline === undefined || item.pipeline === pipeline)
    .sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
}

/** The one with this id, or with the only id that begins so. @throws {Refused} */
export async function findBackfill(backfills: Backfills, wanted: string): Promise<BackfillItem> {
  const all = await allBackfills(backfills);
  const found = all.filter(({ id }) => id.startsWith(wanted));
  const [only, ...others] = found;
  if (only === undefined) throw new Refused(`There is no backfill '${wanted}'. See: npx stepwell backfill list`);
  if (others.length > 0)
    throw new Refused(
      `${plural(found.length, 'backfill')} begin with '${wanted}': ${found.map(({ id }) => id).join(', ')}. Give more of the id.`,
    );
  return settled(backfills, only);
}

/** How long after it was written down a backfill may not have been started yet. */
const STARTING_MS = 5 * 60_000;

/** As its state machine knows it, where that has ended before it could tell the ledger. */
export async function settled({ stepFunctions }: Backfills, item: BackfillItem): Promise<BackfillItem> {
  if (!isOpen(item)) return item;
  try {
    const { status, stopDate, error, cause } = await stepFunctions.send(
      new DescribeExecutionCommand({ executionArn: item.executionArn }),
    );
    if (status === 'RUNNING' || status === 'SUCCEEDED') return item;
    const why = [error, cause].filter((text) => text !== undefined).join(': ');
    return {
      ...item,
      status: status === 'ABORTED' ? 'CANCELLED' : 'FAILED',
      ...(stopDate ? { endedAt: stopDate.toISOString() } : {}),
      ...(why ? { stopped: why } : {}),
    };
  } catch (failure) {
    if ((failure as Error).name !== 'ExecutionDoesNotExist') throw failure;
    if (Date.now() - Date.parse(item.startedAt) < STARTING_MS) return item;
    return { ...item, status: 'CANCELLED', endedAt: item.startedAt, stopped: 'It was never started.' };
  }
}

export async function putBackfill({ dynamoDb, table }: Backfills, item: BackfillItem): Promise<void> {
  await dynamoDb.send(
    new PutItemCommand({
      TableName: table,
      Item: marshall({ ...item, tokens: {}, ...backfillKey(item.id) }, { removeUndefinedValues: true }),
    }),
  );
}

/** Changes it if its status is still one of these; whether it was. */
export async function changeBackfill(
  { dynamoDb, table }: Backfills,
  id: string,
  changes: Partial<BackfillItem>,
  from: readonly BackfillItem['status'][],
): Promise<boolean> {
  const entries = Object.entries(changes);
  try {
    await dynamoDb.send(
      new UpdateItemCommand({
        TableName: table,
        Key: marshall(backfillKey(id)),
        UpdateExpression: `SET ${entries.map((_, index) => `#s${index} = :s${index}`).join(', ')}`,
        ConditionExpression: `#status IN (${from.map((_, index) => `:f${index}`).join(', ')})`,
        ExpressionAttributeNames: {
          '#status': 'status',
          ...Object.fromEntries(entries.map(([name], index) => [`#s${index}`, name])),
        },
        ExpressionAttributeValues: marshall(
          {
            ...Object.fromEntries(entries.map(([, value], index) => [`:s${index}`, value])),
            ...Object.fromEntries(from.map((status, index) => [`:f${index}`, status])),
          },
          { removeUndefinedValues: true },
        ),
      }),
    );
    return true;
  } catch (error) {
    if ((error as Error).name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}

/** What a backfill is about, as others may overlap with it. */
export type Extent = Pick<BackfillItem, 'id' | 'from' | 'to' | 'objects'>;

interface OpenBackfills {
  readonly revision: number;
  readonly open: readonly (Extent & { readonly at: string })[];
}

/**
 * Writes down that the backfill is open, unless one that overlaps with it is. One item a pipeline, changed only by who has seen all of it:
 * of two that come at once, one sees the other.
 *
 * @throws {Refused} that names the other
 */
export async function openBackfill(backfills: Backfills, pipeline: string, mine: Extent): Promise<void> {
  const { dynamoDb, table } = backfills;
  const Key = marshall(openBackfillsKey(pipeline));
  for (;;) {
    const { Item } = await dynamoDb.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
    const { revision, open } = (Item ? unmarshall(Item) : { revision: 0, open: [] }) as OpenBackfills;
    const known = new Map((await allBackfills(backfills, pipeline)).map((item) => [item.id, item]));
    const still: OpenBackfills['open'][number][] = [];
    for (const one of open) {
      const item = known.get(one.id);
      const isStill = item ? isOpen(await settled(backfills, item)) : Date.now() - Date.parse(one.at) < STARTING_MS;
      if (!isStill) continue;
      if (overlap(one, mine))
        throw new Refused(
          `The backfill ${one.id} of ${pipeline} is under way and overlaps: ${extentText(one)}. Wait for it, npx stepwell backfill show ${one.id}, or stop it: npx stepwell backfill cancel ${one.id}`,
        );
      still.push(one);
    }
    const next: OpenBackfills = {
      revision: revision + 1,
      open: [...still, { ...mine, at: new Date().toISOString() }],
    };
    try {
      await dynamoDb.send(
        new PutItemCommand({
          TableName: table,
          Item: marshall({ ...next, ...openBackfillsKey(pipeline) }, { removeUndefinedValues: true }),
          ConditionExpression: 'attribute_not_exists(pk) OR revision = :seen',
          ExpressionAttributeValues: marshall({ ':seen': revision }),
        }),
      );
      return;
    } catch (error) {
      if ((error as Error).name !== 'ConditionalCheckFailedException') throw error;
    }
  }
}

function overlap(one: Extent, other: Extent): boolean {
  if (one.objects !== undefined && other.objects !== undefined) return mayMatchTheSame(one.objects, other.objects);
  if (one.from === undefined || other.from === undefined) return false;
  return one.from < other.to! && other.from < one.to!;
}

export const extentText = ({ from, to, objects }: Pick<BackfillItem, 'from' | 'to' | 'objects'>): string =>
  objects ?? `${minute(from!)} to ${minute(to!)}`;

const minute = (iso: string): string => iso.replace(/(:00)?\.000Z$/, 'Z');
