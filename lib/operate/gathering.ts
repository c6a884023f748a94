/** Pipelines that gather their files: what waits, and what has the function look at it. */
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { ALL, dateOf, GATHERING_DUE, type GatheringDue, type GatherPlan, gatheredText } from '../tasks/gather';
import { type Connection, type Deployed, type DeployedPipeline, s3Of } from './connection';
import { UserError } from './errors';
import type { LoadedObject, RunRow } from './ledger';
import { moment } from './text';

/** Of the ledger's item of a group. */
export interface Waiting {
  readonly group: string;
  readonly files: number;
  /** ISO 8601 */
  readonly openedAt: string;
  readonly lastAt: string;
}

/** What has come and is in no run yet, the oldest first. */
export async function waitingOf(
  { client }: Pick<Connection, 'client'>,
  { foundation }: Deployed,
  pipeline: string,
): Promise<Waiting[]> {
  const dynamoDb = new DynamoDBClient(client);
  const found: Waiting[] = [];
  let ExclusiveStartKey: QueryCommand['input']['ExclusiveStartKey'];
  do {
    const page = await dynamoDb.send(
      new QueryCommand({
        TableName: foundation.LedgerTableName!,
        KeyConditionExpression: 'pk = :pk',
        FilterExpression: 'attribute_exists(openedAt)',
        ExpressionAttributeValues: marshall({ ':pk': `gather#${pipeline}` }),
        ExclusiveStartKey,
      }),
    );
    found.push(...(page.Items ?? []).map((item) => unmarshall(item) as Waiting));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return found
    .map(({ group, files, openedAt, lastAt }) => ({ group, files, openedAt, lastAt }))
    .sort((a, b) => (a.openedAt < b.openedAt ? -1 : 1));
}

export const waitingText = ({ group, files, openedAt, lastAt }: Waiting): string =>
  `${gatheredText({ files, date: dateOf(group) })} since ${moment(openedAt)}, the last at ${moment(lastAt)}`;

/** What a run loads, also where there are too many for the ledger's item of it. */
export async function objectsOfRun(
  connection: Pick<Connection, 'client'>,
  { foundation }: Deployed,
  { objects, list }: Pick<RunRow, 'objects' | 'list'>,
): Promise<readonly LoadedObject[]> {
  if (objects || !list) return objects ?? [];
  const { Body } = await s3Of(connection).send(
    new GetObjectCommand({ Bucket: foundation.WorkBucketName!, Key: list.key }),
  );
  return JSON.parse(await Body!.transformToString()) as LoadedObject[];
}

/** What the pipeline's function goes by, as it is deployed. */
export async function gatherPlanOf({ client }: Pick<Connection, 'client'>, FunctionName: string): Promise<GatherPlan> {
  const lambda = new LambdaClient(client);
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  return JSON.parse(Environment!.Variables!.GATHER!) as GatherPlan;
}

export interface ArrivalOf {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
  readonly etag: string;
  readonly size: number;
  /** ISO 8601 */
  readonly time: string;
}

/** EventBridge takes so many at once. */
const BATCH = 10;

/** Has objects gathered whose events have come while nobody listened. */
export async function tellArrivals(connection: Pick<Connection, 'client'>, all: readonly ArrivalOf[]): Promise<void> {
  const details = all.map(({ bucket, key, versionId, etag, size, time }) => ({
    Time: new Date(time),
    DetailType: 'Object Created',
    Detail: JSON.stringify({ bucket: { name: bucket }, object: { key, 'version-id': versionId, etag, size } }),
  }));
  for (let start = 0; start < details.length; start += BATCH)
    await put(connection, details.slice(start, start + BATCH));
}

/** Has the pipeline's function look at what waits, or load it now. */
export function lookAtWaiting(
  connection: Pick<Connection, 'client'>,
  { name: pipeline }: Pick<DeployedPipeline, 'name'>,
  more: Omit<GatheringDue, 'pipeline'> = {},
): Promise<void> {
  return put(connection, [{ DetailType: GATHERING_DUE, Detail: JSON.stringify({ pipeline, ...more }) }]);
}

async function put(
  { client }: Pick<Connection, 'client'>,
  entries: readonly { readonly DetailType: string; readonly Detail: string; readonly Time?: Date }[],
): Promise<void> {
  const { FailedEntryCount, Entries } = await new EventBridgeClient(client).send(
    new PutEventsCommand({ Entries: entries.map((entry) => ({ Source: 'stepwell', ...entry })) }),
  );
  if (FailedEntryCount)
    throw new UserError(`EventBridge did not take an event: ${Entries?.find((one) => one.ErrorCode)?.ErrorMessage}`);
}

/** As a person names a group. */
export const groupNamed = (date: string | true): string => (date === true ? ALL : date);
