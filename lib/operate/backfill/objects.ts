/** What a backfill of objects would load: those that lie in the bucket, by a glob, however many there are. */
import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { matcher } from '../../../lambdas/shared/files/matches';
import { globMistake, literalEnds } from '../../pipeline/globs';
import type { BackfillObject } from '../../tasks/backfill';
import type { Reprocess } from '../../tasks/backfill-options';
import type { ManifestRef } from '../../tasks/common';
import { type Gathered, gatheredText } from '../../tasks/gather';
import type { DeployedPipeline } from '../connection';
import { Refused } from '../errors';
import { itemsAt } from '../ledger';
import { count, plural } from '../text';
import type { DeployedTrigger } from './deployed-trigger';
import { type Load, RUNS } from './plan';
import { judge, type LedgerOf } from './states';

/** Some hundred bytes of memory each. */
const MOST_OBJECTS = 500_000;
/** As many items of the ledger are in memory at a time. */
const CHUNK = 1000;

interface Listed {
  readonly key: string;
  readonly etag: string;
  readonly size: number;
  /** ms */
  readonly at: number;
}

export interface ObjectsWanted {
  readonly glob: string;
  /** of what was never loaded: so many objects share a run */
  readonly filesPerRun: number;
  readonly reprocess: Reprocess;
}

/**
 * In the order in which the objects arrived, which is what decides between two rows of one key.
 *
 * @throws {Refused} for a glob that is none, or that no file of the pipeline matches
 */
export async function loadsOfObjects(
  { name, landingBucket }: DeployedPipeline,
  trigger: Extract<DeployedTrigger, { kind: 's3Arrival' }>,
  { glob, filesPerRun, reprocess }: ObjectsWanted,
  s3: S3Client,
  ledger: LedgerOf,
): Promise<Load[]> {
  const mistake = globMistake(glob);
  if (mistake) throw new Refused(`--objects '${glob}': ${mistake.rule}. ${mistake.remedy}`);
  if (filesPerRun > 1 && trigger.replacesTable)
    throw new Refused(
      `Each run of '${name}' puts its rows in place of a whole table, so files cannot share one: leave out --files-per-run.`,
    );
  const listed = await list(s3, landingBucket, glob, name, trigger.globs);
  const loads: Load[] = [];
  let waiting: BackfillObject[] = [];
  const close = () => {
    if (waiting.length > 0) loads.push(loadOf(waiting, 'missing'));
    waiting = [];
  };
  const done = new Set<string>();
  for (let start = 0; start < listed.length; start += CHUNK) {
    const chunk = listed.slice(start, start + CHUNK);
    const known = await judge(await claimsOf(chunk, landingBucket, ledger), ledger);
    const again = known.flatMap(({ state, runId }) => (runId && RUNS[reprocess].includes(state) ? [runId] : []));
    const sets = await setsOf([...new Set(again)], ledger);
    for (const [index, { key }] of chunk.entries()) {
      const { state, runId } = known[index]!;
      const object: BackfillObject = { bucket: landingBucket, key };
      if (state === 'missing') {
        waiting.push(object);
        if (waiting.length === filesPerRun) close();
        continue;
      }
      // What was loaded together is known to the tables as one load: it is loaded together again.
      const set = runId === undefined ? undefined : sets.get(runId);
      if (set && done.has(runId!)) continue;
      if (set) done.add(runId!);
      if (set && 'list' in set)
        loads.push({ title: set.title, input: { list: set.list }, state, ...(runId ? { runId } : {}) });
      else loads.push(loadOf(set ?? [object], state, runId));
    }
  }
  close();
  return loads;
}

const loadOf = (objects: readonly BackfillObject[], state: Load['state'], runId?: string): Load => ({
  title: objects.length === 1 ? objects[0]!.key : `${objects[0]!.key} and ${count(objects.length - 1)} more`,
  input: { objects },
  state,
  ...(runId === undefined ? {} : { runId }),
});

async function list(
  s3: S3Client,
  Bucket: string,
  glob: string,
  pipeline: string,
  globs: readonly string[],
): Promise<Listed[]> {
  const isWanted = matcher(glob);
  const isOurs = globs.map(matcher);
  const found: Listed[] = [];
  let others = 0;
  let ContinuationToken: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket, Prefix: literalEnds(glob).prefix, ContinuationToken }),
    );
    for (const { Key: key = '', ETag = '', Size: size = 0, LastModified } of page.Contents ?? []) {
      if (!isWanted(key)) continue;
      if (!isOurs.some((matches) => matches(key))) others++;
      else found.push({ key, etag: ETag.replaceAll('"', ''), size, at: LastModified?.getTime() ?? 0 });
    }
    if (found.length > MOST_OBJECTS)
      throw new Refused(
        `More than ${count(MOST_OBJECTS)} objects match '${glob}': backfill them in several parts, each with a glob of its own.`,
      );
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  if (found.length === 0)
    throw new Refused(
      others > 0
        ? `${plural(others, 'object')} in s3://${Bucket} ${others === 1 ? 'matches' : 'match'} '${glob}', and none of them is a file of '${pipeline}': ${globs.join(', ')}.`
        : `Nothing in s3://${Bucket} matches '${glob}'. Files of '${pipeline}': ${globs.join(', ')}.`,
    );
  return found.sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1));
}

interface ClaimItem {
  readonly owner: string;
  readonly runId: string;
  readonly status: 'claimed' | 'loaded' | 'failed';
  readonly etag: string;
  readonly size: number;
}

/** Undefined where what lies there now was never claimed. */
async function claimsOf(chunk: readonly Listed[], bucket: string, { dynamoDb, table, pipeline }: LedgerOf) {
  const pkOf = (key: string) => `object#${pipeline}#${bucket}/${key}`;
  const items = await itemsAt<ClaimItem>(
    dynamoDb,
    table,
    chunk.map(({ key }) => ({ pk: pkOf(key), sk: 'claim' })),
  );
  const claims = new Map(
    items.map(({ pk, owner, runId, status, etag, size }) => [pk, { owner, runId, status, etag, size }]),
  );
  return chunk.map(({ key, etag, size }) => {
    const claim = claims.get(pkOf(key));
    return claim?.etag === etag && claim.size === size ? claim : undefined;
  });
}

/** Of a run whose files were gathered: they stand in a document. */
interface ListedLoad {
  readonly list: ManifestRef;
  readonly title: string;
}

/** By run: its objects, of those that had several. */
async function setsOf(
  runIds: readonly string[],
  { dynamoDb, table, pipeline }: LedgerOf,
): Promise<Map<string, BackfillObject[] | ListedLoad>> {
  const keys = runIds.map((runId) => ({ pk: `pipeline#${pipeline}`, sk: `run#${runId}` }));
  const runs = await itemsAt<{
    runId: string;
    objects?: readonly BackfillObject[];
    list?: ManifestRef;
    gathered?: Gathered;
  }>(dynamoDb, table, keys);
  return new Map(
    runs.flatMap(({ runId, objects = [], list, gathered }): [string, BackfillObject[] | ListedLoad][] => {
      if (list && gathered) return [[runId, { list, title: gatheredText(gathered) }]];
      return objects.length > 1
        ? [[runId, objects.map(({ bucket, key, versionId }) => ({ bucket, key, ...(versionId ? { versionId } : {}) }))]]
        : [];
    }),
  );
}
