/** What would have started runs while a pipeline was paused: files, times of a schedule, runs of the pipeline before. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ListObjectVersionsCommand, type ObjectVersion } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  ListExecutionsCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import picomatch from 'picomatch';
import type { CatchUp } from '../tasks/catch-up';
import { anyDate } from '../tasks/dated-globs';
import { intervalAt, intervalsBetween } from '../tasks/fires';
import type { Interval, Schedule } from '../tasks/schedule';
import { type Connection, type Deployed, type DeployedPipeline, pipelineNamed, s3Of } from './connection';
import { type ArrivalOf, gatherPlanOf } from './gathering';
import { intervalText } from './intervals';
import { itemsAt, latestRuns } from './ledger';
import { PER_SECOND, rateLimiter } from './rate-limit';

export interface Missed {
  /** of a file; versions of one key are started one after another */
  readonly key?: string;
  readonly versionId?: string;
  readonly interval?: Interval;
  /** `orders/june.csv`, `2026-11-21 07:05–08:05 UTC`, `after orders 3f0c9a1e` */
  readonly title: string;
  /** of the execution: what the rule or the schedule would have given */
  readonly input: object;
}

/** What its runs start by, as it is deployed: Admit's own arguments. */
export interface AdmitArguments {
  readonly patterns?: readonly string[];
  readonly schedule?: Schedule;
  readonly catchUp?: CatchUp;
  readonly upstream?: string;
}

/** An event may come late, so that it found the rule disabled though its file or its run was there before. */
const LATE_FILE_MS = 15 * 60_000;
const LATE_RUN_MS = 5 * 60_000;

export async function admitArguments(
  { client }: Connection,
  { stateMachineArn }: DeployedPipeline,
): Promise<AdmitArguments> {
  const { definition = '{}' } = await new SFNClient(client).send(new DescribeStateMachineCommand({ stateMachineArn }));
  const admit = (JSON.parse(definition) as { States: { Admit: { Arguments: { Payload: AdmitArguments } } } }).States
    .Admit;
  return admit.Arguments.Payload;
}

/** The oldest first; without what a run has claimed already. */
export async function missedSince(
  connection: Connection,
  stacks: Deployed,
  at: DeployedPipeline,
  since: Date,
): Promise<Missed[]> {
  const { patterns, schedule, upstream } = await admitArguments(connection, at);
  // A schedule is never late: it delivers until it is answered.
  if (schedule) return missedIntervals(connection, stacks, { pipeline: at.name, schedule, from: since });
  if (upstream !== undefined)
    return missedRuns(connection, stacks, { at, upstream: pipelineNamed(stacks, upstream), since });
  if (at.gatherFunctionArn !== undefined)
    return missedArrivals(connection, stacks, { at, gatherFunctionArn: at.gatherFunctionArn, since });
  return missedFiles(connection, stacks, { at, patterns: patterns ?? [], since });
}

async function missedFiles(
  connection: Connection,
  { foundation }: Deployed,
  { at, patterns, since }: { at: DeployedPipeline; patterns: readonly string[]; since: Date },
): Promise<Missed[]> {
  const from = new Date(since.getTime() - LATE_FILE_MS);
  const versions: ObjectVersion[] = [];
  for (const Prefix of prefixesOf(patterns))
    versions.push(...(await versionsSince(connection, at.landingBucket, Prefix, from)));
  const wanted = versions.filter(({ Key }) => patterns.some((pattern) => picomatch.isMatch(Key!, pattern)));
  const keys = [...new Set(wanted.map(({ Key }) => Key!))];
  const known = await claimed(connection, foundation.LedgerTableName!, at, keys);
  return wanted
    .filter(({ Key, VersionId, ETag, Size, LastModified }) => {
      const contents = known.get(Key!) ?? [];
      // Of two puts of one content the first is claimed: a second one of before the pause has had its run, a duplicate.
      const isSame = (one: Content) => LastModified! < since && one.size === Size && one.etag === unquoted(ETag);
      return !contents.some((one) => one.versionId === VersionId || isSame(one));
    })
    .map(({ Key: key, VersionId: versionId, ETag, Size: size, LastModified }) => ({
      key: key!,
      versionId: versionId!,
      title: key!,
      input: {
        arrival: {
          bucket: at.landingBucket,
          key,
          versionId,
          etag: unquoted(ETag),
          size,
          time: LastModified!.toISOString(),
        },
      },
    }));
}

/** `2026-11-20T07:05:00.000Z`: what an order of arrival begins with. */
const ISO_LENGTH = 24;

/** Files and markers that the function that gathers them has not heard of. */
async function missedArrivals(
  connection: Connection,
  { foundation }: Deployed,
  { at, gatherFunctionArn, since }: { at: DeployedPipeline; gatherFunctionArn: string; since: Date },
): Promise<Missed[]> {
  const { patterns, rule } = await gatherPlanOf(connection, gatherFunctionArn);
  const globs = [...patterns, ...(rule.kind === 'marker' ? rule.globs : [])].map(anyDate);
  const from = new Date(since.getTime() - LATE_FILE_MS);
  const versions: ObjectVersion[] = [];
  for (const Prefix of prefixesOf(globs))
    versions.push(...(await versionsSince(connection, at.landingBucket, Prefix, from)));
  const wanted = versions.filter(({ Key }) => globs.some((glob) => picomatch.isMatch(Key!, glob)));
  const prefix = `object#${at.name}#${at.landingBucket}/`;
  const items = await itemsAt<{ versionId?: string; arrived: string }>(
    new DynamoDBClient(connection.client),
    foundation.LedgerTableName!,
    [...new Set(wanted.map(({ Key }) => Key!))].map((key) => ({ pk: `${prefix}${key}`, sk: 'arrival' })),
  );
  const known = new Map(items.map(({ pk, ...item }) => [pk.slice(prefix.length), item]));
  // Of a key the latest version is what counts: one before that which it has heard of is no longer wanted.
  const isHeardOf = ({ Key, VersionId, LastModified }: ObjectVersion): boolean => {
    const item = known.get(Key!);
    return (
      item !== undefined &&
      (item.versionId === VersionId || LastModified!.toISOString() < item.arrived.slice(0, ISO_LENGTH))
    );
  };
  return wanted
    .filter((version) => !isHeardOf(version))
    .map(({ Key: key, VersionId: versionId, ETag, Size: size, LastModified }) => ({
      key: key!,
      versionId: versionId!,
      title: key!,
      input: {
        bucket: at.landingBucket,
        key: key!,
        versionId: versionId!,
        etag: unquoted(ETag),
        size: size ?? 0,
        time: LastModified!.toISOString(),
      } satisfies ArrivalOf,
    }));
}

/** The oldest first. S3 lists the versions of a key from its latest. */
async function versionsSince(
  connection: Connection,
  Bucket: string,
  Prefix: string,
  from: Date,
): Promise<ObjectVersion[]> {
  const s3 = s3Of(connection);
  const found: ObjectVersion[] = [];
  let KeyMarker: string | undefined;
  let VersionIdMarker: string | undefined;
  do {
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix, KeyMarker, VersionIdMarker }));
    found.push(...(page.Versions ?? []).filter(({ LastModified }) => LastModified! >= from));
    KeyMarker = page.NextKeyMarker;
    VersionIdMarker = page.NextVersionIdMarker;
  } while (KeyMarker !== undefined);
  return found.reverse().sort((a, b) => a.LastModified!.getTime() - b.LastModified!.getTime());
}

/** What stands before the first sign of a glob; none that begins with another. */
export function prefixesOf(patterns: readonly string[]): string[] {
  const all = [...new Set(patterns.map((pattern) => pattern.replace(/[*?{[(!@+\\].*$/s, '')))];
  return all.filter((prefix) => !all.some((other) => other !== prefix && prefix.startsWith(other)));
}

const unquoted = (etag = ''): string => etag.replaceAll('"', '');

interface Content {
  readonly versionId?: string;
  readonly etag: string;
  readonly size: number;
}

interface ClaimItem extends Content {
  readonly earlier?: readonly Content[];
}

/** By key: what runs have taken on. */
export async function claimed(
  { client }: Connection,
  table: string,
  { name, landingBucket }: Pick<DeployedPipeline, 'name' | 'landingBucket'>,
  keys: readonly string[],
): Promise<Map<string, readonly Content[]>> {
  const prefix = `object#${name}#${landingBucket}/`;
  const items = await itemsAt<ClaimItem>(
    new DynamoDBClient(client),
    table,
    keys.map((key) => ({ pk: `${prefix}${key}`, sk: 'claim' })),
  );
  return new Map(items.map(({ pk, earlier = [], ...latest }) => [pk.slice(prefix.length), [latest, ...earlier]]));
}

async function missedIntervals(
  { client }: Connection,
  { foundation }: Deployed,
  { pipeline, schedule, from }: { pipeline: string; schedule: Schedule; from: Date },
): Promise<Missed[]> {
  // The run that starts within the span covers what ends in it.
  const first = intervalAt(schedule, from);
  const all = [...intervalsBetween(schedule, first ? new Date(first.end) : from, new Date())];
  const keyOf = ({ start, end }: Interval) => ({ pk: `pipeline#${pipeline}`, sk: `interval#${start}/${end}` });
  const items = await itemsAt(new DynamoDBClient(client), foundation.LedgerTableName!, all.map(keyOf));
  const known = new Set(items.map(({ sk }) => sk));
  return all
    .filter((interval) => !known.has(keyOf(interval).sk))
    .map((interval) => ({
      interval,
      title: `${intervalText(interval)} UTC`,
      input: { schedule: { time: interval.end } },
    }));
}

/** Runs are listed by their start, and were published at their end. */
const LONGEST_RUN_MS = 7 * 86_400_000;
const SEARCHED = 1000;

async function missedRuns(
  connection: Connection,
  stacks: Deployed,
  { at, upstream, since }: { at: DeployedPipeline; upstream: DeployedPipeline; since: Date },
): Promise<Missed[]> {
  const from = new Date(since.getTime() - LATE_RUN_MS);
  const sfn = new SFNClient(connection.client);
  const list = rateLimiter(PER_SECOND.list);
  const describe = rateLimiter(PER_SECOND.describe);
  const own = await latestRuns(connection, stacks, at, SEARCHED);
  const known = new Set(own.flatMap(({ after }) => (after ? [after.runId] : [])));
  const found: { readonly runId: string; readonly endedAt: Date }[] = [];
  let nextToken: string | undefined;
  do {
    const token = nextToken;
    const page = await list(() =>
      sfn.send(
        new ListExecutionsCommand({
          stateMachineArn: upstream.stateMachineArn,
          statusFilter: 'SUCCEEDED',
          maxResults: SEARCHED,
          nextToken: token,
        }),
      ),
    );
    const executions = page.executions ?? [];
    for (const { executionArn, name, stopDate } of executions) {
      if (stopDate! < from || known.has(name!)) continue;
      const { output } = await describe(() => sfn.send(new DescribeExecutionCommand({ executionArn })));
      if (output?.includes('"published":')) found.push({ runId: name!, endedAt: stopDate! });
    }
    const oldest = executions.at(-1)?.startDate?.getTime() ?? 0;
    nextToken = oldest > from.getTime() - LONGEST_RUN_MS ? page.nextToken : undefined;
  } while (nextToken !== undefined);
  return found
    .sort((a, b) => a.endedAt.getTime() - b.endedAt.getTime())
    .map(({ runId, endedAt }) => ({
      title: `after ${upstream.name} ${runId.slice(0, 8)}`,
      input: { after: { pipeline: upstream.name, runId, time: endedAt.toISOString() } },
    }));
}
