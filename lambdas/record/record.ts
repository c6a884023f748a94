import type { FailedPartition } from '../../lib/tasks/collect';
import type { Manifest, ManifestRef, ObjectVersion, Run } from '../../lib/tasks/common';
import type { RecordInput, RecordOutput } from '../../lib/tasks/record';
import { markAfterLoaded } from '../shared/after-claim';
import { markClaims } from '../shared/claim-item';
import { dropInPostgres, dropInRedshift, type StagingTable } from '../shared/drop-staging';
import { markLoaded } from '../shared/generation';
import { markIntervalLoaded } from '../shared/interval-claim';
import { isOff, NO_CASSANDRA } from '../shared/keyspaces/off';
import type { Ledger } from '../shared/ledger';
import { putMeasures } from '../shared/measures';
import type { Postgres } from '../shared/postgres';
import type { Redshift } from '../shared/redshift';
import { getRun, updateRun } from '../shared/run-item';
import { itemised } from '../shared/run-list';
import type { MetricName } from '../shared/task';
import { noteDuration, notePublished } from '../shared/watched';
import { driftNotes } from './drift-notes';
import { gatheredNotes } from './gathered-notes';
import { whatToTell } from './what-to-tell';

export interface RecordServices {
  readonly ledger: Ledger;
  readonly readManifests: (refs: RecordInput['manifests']) => Promise<Manifest[]>;
  readonly readList: (list: ManifestRef) => Promise<readonly ObjectVersion[]>;
  /** what a rerun of the missing partitions need not extract again */
  readonly keepExtracted: (
    run: Run,
    refs: RecordInput['manifests'],
  ) => Promise<{ readonly kept: ManifestRef; readonly missing: number }>;
  /** what other pipelines read of the run */
  readonly keepStaged: (run: Run, models: readonly string[], documents: readonly Manifest[]) => Promise<ManifestRef>;
  readonly metric: (name: MetricName, value: number) => void;
  /** somebody wants to hear of each run */
  readonly tellSuccess: boolean;
  readonly warn: (line: string, error: Error) => void;
  readonly now: () => number;
  /** where runs take turns */
  readonly giveTurnOn?: ((run: Run) => Promise<void>) | undefined;
  readonly redshift?: Redshift | undefined;
  readonly postgres?: Postgres | undefined;
}

/** Says in the ledger that the run has succeeded. Doing it twice leaves the same; metrics are sent by the first time. */
export async function record(input: RecordInput, services: RecordServices): Promise<RecordOutput> {
  const { run, list, checks, published, failed = [] } = input;
  const objects = list ? await services.readList(list) : input.objects;
  const documents = await services.readManifests(input.manifests);
  const extracted = documents.flatMap((manifest) => manifest.source ?? []);
  // What a row function has read, a source had read before.
  const sources = extracted.filter(({ isModel }) => !isModel);
  const read = sources.reduce((sum, source) => sum + source.read, 0);
  const rows = sources.reduce((sum, source) => sum + source.read - source.rejected, 0);
  const rejected = extracted.reduce((sum, source) => sum + source.rejected, 0);
  const before = await getRun(services.ledger, run.pipeline, run.runId);
  const now = services.now();
  const isPartial = failed.length > 0;
  // Only a schedule's run can be run again in part.
  const partial =
    isPartial && run.interval && !run.after ? await services.keepExtracted(run, input.manifests) : undefined;
  const drift = driftNotes(extracted);
  const warnings = [...failed.map(describeFailed), ...drift.warnings, ...checks.warnings];
  const notes = [
    ...gatheredNotes(before?.gathered),
    ...drift.notes,
    ...(checks.notes ?? []),
    ...published.flatMap(({ sink, off }) => (off === undefined ? [] : [`Nothing was written to ${sink}: ${off}.`])),
    ...(isOff() ? (input.live ?? []) : []).flatMap(({ kind, id }) =>
      kind === 'keyspaces' ? [`Nothing is written to ${id}: ${NO_CASSANDRA}.`] : [],
    ),
  ];
  const endedAt = (before?.status === 'SUCCEEDED' && before.endedAt) || new Date(now).toISOString();
  const tell = await whatToTell({ run, checks, isPartial, rejected, endedAt }, services);
  const output: RecordOutput = {
    status: 'SUCCEEDED',
    rows,
    rejected,
    published,
    warnings,
    ...(notes.length > 0 ? { notes } : {}),
    ...(isPartial ? { failed } : {}),
    ...(tell.length > 0 ? { tell } : {}),
  };
  // Before the run counts as succeeded: what is missing here would never be written. A partial run is no measure for others.
  if (checks.measures && !isPartial) await putMeasures(services.ledger, run, checks.measures);

  // Events are best effort: the sweeper looks whether what this run starts has begun, and whether it was told of.
  const isOpen = tell.length > 0 || input.starts !== undefined;
  const staged = input.keep && (await services.keepStaged(run, input.keep, documents));

  await updateRun(services.ledger, run, {
    status: 'SUCCEEDED',
    startedAt: run.startedAt,
    endedAt,
    loadKey: run.loadKey,
    loadId: run.loadId,
    generation: run.generation,
    arrival: run.arrival,
    ...itemised(objects, list),
    rows,
    rejected,
    published: Object.fromEntries(published.map((one) => [one.sink, one])),
    quarantine: extracted.flatMap((source) => source.quarantine?.key ?? []),
    warnings,
    notes: notes.length > 0 ? notes : undefined,
    checks: checks.results,
    failed: isPartial ? failed : undefined,
    missing: partial?.missing ?? (isPartial ? failed.length : undefined),
    kept: partial?.kept,
    staged,
    starts: input.starts,
    tell: tell.length > 0 ? tell : undefined,
    error: undefined,
    // Until what is told of it is on its way: were its event lost, the sweeper would send it once more.
    openPk: isOpen ? 'run' : undefined,
    dueAt: isOpen ? new Date(now + TELL_AGAIN_AFTER_MS).toISOString() : undefined,
  });
  await markClaims(services.ledger, run.pipeline, run.executionArn, objects, 'loaded');
  await markIntervalLoaded(services.ledger, run);
  await markAfterLoaded(services.ledger, run);
  await markLoaded(services.ledger, run);

  // What it has waited for its turn says nothing of how long it takes.
  const began = before?.turnAt ?? run.startedAt;
  if (before?.status !== 'SUCCEEDED') {
    services.metric('RowsExtracted', read);
    services.metric('RowsRejected', rejected);
    services.metric(
      'RowsPublished',
      published.reduce((sum, one) => sum + (one.changed ? one.rows : 0), 0),
    );
    services.metric('QuarantineRate', read === 0 ? 0 : (rejected / read) * 100);
    services.metric('RunDuration', Math.max(0, now - Date.parse(began)));
    services.metric('RunsSucceeded', 1);
  }
  await tellWatch({ ...input, run: { ...run, startedAt: began } }, before?.status !== 'SUCCEEDED', services);
  await dropStaging(input, services);
  await orWarn('The turn could not be given on: the sweeper does it', () => services.giveTurnOn?.(run), services);
  return output;
}

/** The run has succeeded, whether or not this is known of it. */
async function tellWatch({ run, published }: RecordInput, isFirst: boolean, services: RecordServices): Promise<void> {
  const now = services.now();
  try {
    await notePublished(services.ledger, run, published, now);
    if (isFirst) await noteDuration(services.ledger, run, now);
  } catch (error) {
    services.warn('The watch is not told what was published', error as Error);
  }
}

const TELL_AGAIN_AFTER_MS = 15 * 60_000;

const describeFailed = ({ source, partition, cause }: FailedPartition): string =>
  `Partition ${partition} of ${source} is missing: ${cause}`;

/** The run has succeeded without it, and the sweeper drops what stays behind. */
async function dropStaging({ loaded, published }: RecordInput, services: RecordServices): Promise<void> {
  const of = (kind: string): StagingTable[] =>
    loaded.flatMap(({ sink, staging }) => {
      const [schema, name] = staging?.split('.') ?? [];
      return sink.startsWith(`${kind}:`) && schema && name ? [{ schema, name }] : [];
    });
  if (published.length === 0) return;
  const drop = async () => {
    if (services.redshift && of('redshift').length > 0) await dropInRedshift(services.redshift, of('redshift'));
    if (services.postgres) await dropInPostgres(services.postgres, of('postgres'));
  };
  await orWarn('A staging table stays behind', drop, services);
}

/** The run has succeeded whatever becomes of this. */
async function orWarn(
  line: string,
  work: () => Promise<void> | undefined,
  { warn }: Pick<RecordServices, 'warn'>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    warn(line, error as Error);
  }
}
