/**
 * One partition of a source, in one pass: bytes from S3, records judged by the contract, good ones typed and run through the
 * row-wise models, parts back to S3, bad ones to quarantine. Memory does not grow with the files, and transfers overlap the work.
 */
import type { S3Client } from '@aws-sdk/client-s3';
import type { FileSlice, Manifest, ObjectVersion } from '../../lib/tasks/common';
import { RowsDoNotReconcile } from '../../lib/tasks/errors';
import { type ExtractFilesInput, type ExtractFilesOutput, plannedFiles } from '../../lib/tasks/extract-files';
import { judgeBadRows } from '../shared/bad-rows';
import { PartitionDrift } from '../shared/contract/partition-drift';
import { WITHHELD } from '../shared/contract/redact';
import { type Engine, openEngine } from '../shared/duckdb';
import { partKey, readSlice, writeManifest } from '../shared/manifest';
import { putFile } from '../shared/objects';
import { hasPii, openProtection, type Protection } from '../shared/pii';
import { Quarantine, quarantineKey } from '../shared/quarantine';
import type { Secrets } from '../shared/secrets';
import { openFiles } from './open-file';
import { openParquet, type TableReading } from './open-parquet';
import { planReading, type Reading, type Shape, type TextSlice } from './plan-reading';
import { protectShape, redactReject } from './protect';
import type { Reject } from './read-blocks';
import { ShapeGroup, type StagedGroup, shapeId } from './shape-group';

export interface ExtractEnvironment {
  readonly s3: S3Client;
  readonly workBucket: string;
  /** names what this attempt writes */
  readonly attempt: string;
  /** where the key to hash personal data by is; a source without such data needs none */
  readonly secrets?: () => Secrets;
  /** MB for DuckDB; default: half of the function's */
  readonly memoryMb?: number;
}

export async function extractFiles(
  input: ExtractFilesInput,
  environment: ExtractEnvironment,
): Promise<ExtractFilesOutput> {
  const files = await filesOf(input, environment);
  // Members that a JSON file turns out to have; a column of all its parts, so the file is read again once they are known.
  const extras = new Map<string, string>();
  const { source } = input;
  const protection = hasPii(source.columns) ? await openProtection(source, environment.secrets ?? none) : undefined;
  for (;;) {
    const known = extras.size;
    const pass = new Pass(input, files, environment, extras, protection);
    const output = await pass.run(() => extras.size === known);
    if (output) return output;
  }
}

const none = (): never => {
  throw new Error('There are no secrets to hash personal data by.');
};

async function filesOf(
  { partition }: ExtractFilesInput,
  { s3, workBucket }: ExtractEnvironment,
): Promise<readonly FileSlice[]> {
  if (!('values' in partition)) return [partition];
  const { plan, etag, start, end } = partition.values;
  return readSlice(s3, { bucket: workBucket, key: plan, etag }, { start, end }, plannedFiles);
}

const nameOf = ({ bucket, key }: ObjectVersion): string => `s3://${bucket}/${key}`;

const isText = (slice: FileSlice): slice is TextSlice => slice.format.kind !== 'parquet';
const sizeOf = ({ object, range }: FileSlice): number => (range ? range.end - range.start : object.size);

interface Counts {
  read: number;
  rejected: number;
  /** files that were put aside as a whole */
  readonly aside: { readonly file: string; readonly reason: string }[];
}

/** Files that are named; all are in quarantine. */
const MOST_ASIDE = 100;
const MOST_RAW_CHARACTERS = 16 * 1024;

class Pass {
  private readonly quarantine: Quarantine<{ readonly object: ObjectVersion; readonly reject: Reject }>;

  constructor(
    private readonly input: ExtractFilesInput,
    private readonly files: readonly FileSlice[],
    private readonly environment: ExtractEnvironment,
    private readonly extras: Map<string, string>,
    /** of personal data; undefined: the source has none */
    private readonly protection: Protection | undefined,
  ) {
    const { run, source, partition } = input;
    this.quarantine = new Quarantine(
      environment.s3,
      environment.workBucket,
      quarantineKey(run, source.name, partition.id, environment.attempt),
      ({ object: { bucket, key, versionId }, reject }) => ({
        bucket,
        key,
        ...(versionId === undefined ? {} : { versionId }),
        ...reject,
      }),
    );
  }

  /** bytes of all files that have not come yet */
  private remaining = () => 0;

  /** Undefined when `isComplete` says that it must be done again with what is known now. */
  async run(isComplete: () => boolean): Promise<ExtractFilesOutput | undefined> {
    const { memoryMb, s3 } = this.environment;
    const opened = openFiles(s3, this.files);
    const engine = await openEngine({
      threads: 1,
      interval: this.input.run.interval,
      ...(memoryMb === undefined ? {} : { memoryMb }),
    });
    const counts: Counts = { read: 0, rejected: 0, aside: [] };
    const drift = new PartitionDrift(this.input.source);
    const staged: StagedGroup[] = [];
    let group: ShapeGroup | undefined;
    let reading: Reading | TableReading | undefined;
    const closeReading = async () => {
      if (reading && 'close' in reading) await reading.close();
      reading = undefined;
    };
    const endGroup = async () => {
      if (group) staged.push(await group.end());
      await group?.close();
      group = undefined;
    };
    try {
      for await (const { slice, file } of opened) {
        const { source } = this.input;
        const { object } = slice;
        const later = this.files.slice(this.files.indexOf(slice) + 1).reduce((sum, one) => sum + sizeOf(one), 0);
        this.remaining = () => file.remaining() + later;
        const context = { file: nameOf(object), source, extras: this.extras, drift };
        reading = isText(slice)
          ? planReading(file, slice, context)
          : await openParquet(file, object.size, engine, context);
        if (reading.aside) {
          await this.putAside(slice, reading.aside, counts);
          await closeReading();
          continue;
        }
        const shape = this.protection ? protectShape(reading.shape, source.columns) : reading.shape;
        if (group?.id !== shapeId(shape)) {
          await endGroup();
          group = await this.openGroup(engine, shape, staged.at(-1)?.chunks);
        }
        const form = {
          kind: slice.format.kind,
          dialect: 'dialect' in reading ? reading.dialect : undefined,
          columns: shape.columns,
        };
        const redacted = this.protection && ((reject: Reject) => redactReject(reject, source.columns, form));
        const { read, rejected } = await group.read(file, reading, {
          key: object.key,
          begins: slice.range?.start ?? 0,
          bad: (rejects) =>
            this.quarantine.add(rejects.map((reject) => ({ object, reject: redacted?.(reject) ?? reject }))),
          goesOn: isComplete,
        });
        await closeReading();
        if (!isComplete()) return undefined;
        counts.read += read;
        counts.rejected += rejected;
      }
      await endGroup();
      return await this.finish(counts, staged, drift);
    } catch (error) {
      await this.quarantine.abort();
      throw error;
    } finally {
      await opened.return(undefined);
      await closeReading();
      await group?.close();
      await engine.close();
    }
  }

  /** The first of its ranges says it for the file. */
  private async putAside({ object, range }: FileSlice, { reason, raw }: NonNullable<Reading['aside']>, counts: Counts) {
    if (range && range.start > 0) return;
    const cut = raw.length > MOST_RAW_CHARACTERS;
    // Without its header, a file has a row there.
    const shown = this.protection
      ? { raw: WITHHELD, withheld: true as const }
      : { raw: raw.slice(0, MOST_RAW_CHARACTERS), ...(cut ? { rawTruncated: true as const } : {}) };
    const reject: Reject = { line: 1, offset: 0, column: null, reason, ...shown, wholeFile: true };
    await this.quarantine.add([{ object, reject }]);
    counts.aside.push({ file: nameOf(object), reason });
  }

  private openGroup(engine: Engine, shape: Shape, firstChunk = 0): Promise<ShapeGroup> {
    const { run, source, partition, datasets } = this.input;
    const { s3, workBucket, attempt } = this.environment;
    return ShapeGroup.open({
      engine,
      datasets,
      source: source.name,
      shape,
      protection: this.protection,
      hasMore: this.files.length > 1,
      firstChunk,
      remaining: () => this.remaining(),
      upload: (dataset, n, format, path) => {
        const extension = format === 'csv' ? 'csv.gz' : format;
        const key = partKey(run, dataset, partition.id, attempt, n, extension);
        // Aurora's import decompresses what says that it is gzip.
        return putFile(s3, workBucket, key, path, format === 'csv' ? { contentEncoding: 'gzip' } : {});
      },
    });
  }

  private async finish(
    { read, rejected, aside }: Counts,
    staged: readonly StagedGroup[],
    drift: PartitionDrift,
  ): Promise<ExtractFilesOutput> {
    const { source, partition, partitions } = this.input;
    const quarantine = await this.quarantine.end();
    const good = staged.reduce((sum, { rows }) => sum + rows, 0);
    const [only, ...others] = this.files;
    const where =
      others.length === 0 && only ? nameOf(only.object) : `the ${this.files.length} files of ${source.name}`;
    if (read !== good + rejected || rejected + aside.length !== (quarantine?.rows ?? 0)) {
      throw new RowsDoNotReconcile(
        `${where} (partition ${partition.id}): ${read} rows, but ${good} were staged and ${quarantine?.rows ?? 0} of ${rejected} quarantined.`,
      );
    }
    this.input.source.columns.forEach(({ name }, index) => {
      for (const { filled } of staged) drift.evidence.fit(index, filled.get(name) ?? 0);
    });
    const differences = drift.conclude(read, where);
    if (partitions === 1) {
      const { first, location } = this.quarantine;
      const named = first.map((row) => (others.length > 0 && row.key !== null ? { ...row, file: row.key } : row));
      judgeBadRows(source.onBadRow, { read, rejected, where, first: named, location });
    }
    return this.writeManifests(staged, {
      name: source.name,
      ...(others.length === 0 && only ? { object: only.object } : {}),
      read,
      rejected,
      ...(differences.length > 0 ? { drift: differences } : {}),
      ...(aside.length > 0 ? { aside: aside.slice(0, MOST_ASIDE) } : {}),
      ...(quarantine ? { quarantine } : {}),
    });
  }

  /** One for each shape, as a manifest says which columns all its parts have; the last one stands for the others. */
  private async writeManifests(
    staged: readonly StagedGroup[],
    source: NonNullable<Manifest['source']>,
  ): Promise<ExtractFilesOutput> {
    const { run, partition } = this.input;
    const { s3, workBucket, attempt } = this.environment;
    const documents = staged.map(({ datasets }, index): Manifest => {
      const name = index === staged.length - 1 ? partition.id : `${partition.id}.${index}`;
      const entries = [...datasets].map(([dataset, { rows, columns, parts }]) => [
        dataset,
        { rows, columns: [...columns], parts: [...parts] },
      ]);
      return { step: source.name, partition: name, datasets: Object.fromEntries(entries) };
    });
    const last = documents.pop() ?? { step: source.name, partition: partition.id, datasets: {} };
    const manifests = [];
    for (const document of documents) manifests.push(await writeManifest(s3, workBucket, run, attempt, document));
    const manifest = await writeManifest(s3, workBucket, run, attempt, {
      ...last,
      ...(manifests.length > 0 ? { manifests } : {}),
      source,
    });
    const parts = staged.flatMap(({ datasets }) => [...datasets.values()].flatMap((dataset) => dataset.parts));
    const bytes = parts.reduce((sum, { length }) => sum + length, 0);
    return { manifest, rows: source.read - source.rejected, bytes, rejected: source.rejected };
  }
}
