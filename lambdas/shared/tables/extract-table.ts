/** Plans and reads a source that is a table (or a query) of a database, whichever that is. */
import type { S3Client } from '@aws-sdk/client-s3';
import { InvalidTaskInput, SourceRefused } from '../../../lib/tasks/errors';
import type { ExtractRowsInput, ExtractRowsOutput, PlanRowsOutput, RowSource } from '../../../lib/tasks/extract-rows';
import { openProtection } from '../pii';
import { openRowWriter, type RowWriter } from '../rows/row-writer';
import type { Secrets } from '../secrets';
import type { Engine, Row } from './engine';
import { keyRanges } from './key-ranges';
import { type TableConfig, withTable } from './open-table';
import { type Selection, selectBounds, selectRows } from './select';

export interface TableEnvironment {
  readonly s3: S3Client;
  readonly workBucket: string;
  /** names what this attempt writes */
  readonly attempt: string;
  readonly secrets: Secrets;
  readonly remainingMs: () => number;
}

export type PlanInput = Extract<ExtractRowsInput, { action: 'plan' }>;
export type ExtractInput = Extract<ExtractRowsInput, { action: 'extract' }>;

/** Where the invocation before this one stopped. */
interface Checkpoint {
  /** the last key, all rows of which are read; null: of rows that have none */
  readonly after: string | null;
  /** rows read so far, good and bad */
  readonly rows: number;
}

/** What is left for staging what has been read. */
const RESERVE_MS = 45_000;
/** The clock is looked at once in so many rows. */
const ROWS_PER_LOOK = 256;

export async function planTable(
  input: PlanInput,
  engine: Engine,
  { secrets }: Pick<TableEnvironment, 'secrets'>,
): Promise<PlanRowsOutput> {
  if (input.partitions) return { partitions: input.partitions };
  const source = tableSource(input.source, engine);
  // Also where there is nothing to cut: what is wrong with the login or the table fails once here, not in a Map.
  return withTable({ source, cursor: input.cursor }, engine, secrets, async ({ reader, selection }) => {
    const { key } = selection;
    if (key === undefined || source.config.partitions === 1) return { partitions: [{ id: 'all', values: {} }] };
    const { low = null, high = null } = await reader.one(selectBounds({ ...selection, key }, engine));
    return { partitions: keyRanges(key.kind, low, high, source.config.partitions) };
  });
}

export async function extractTable(
  input: ExtractInput,
  engine: Engine,
  environment: TableEnvironment,
): Promise<ExtractRowsOutput> {
  const { run, partition, partitions } = input;
  const source = tableSource(input.source, engine);
  const before = (input.checkpoint ?? undefined) as Checkpoint | undefined;
  const { s3, workBucket, attempt, secrets, remainingMs } = environment;
  let writer: RowWriter | undefined;
  try {
    const checkpoint = await withTable(
      { source, cursor: input.cursor },
      engine,
      secrets,
      async ({ reader, origin, selection, drift }) => {
        const staging = { attempt, s3, workBucket };
        const protection = await openProtection(source, () => secrets);
        const options = { run, source, partition, partitions, ...staging, protection, drift, origin };
        writer = openRowWriter({ ...options, strings: 'document' });
        const reading = new Reading(selection, writer, before?.rows ?? 0, remainingMs);
        const statement = selectRows(selection, { partition, after: before?.after }, engine);
        await reader.rows(statement, (row) => reading.take(row));
        return reading.checkpoint;
      },
    );
    const isPiece = checkpoint !== null || before !== undefined;
    return { staged: await writer!.finish({ isPiece }), checkpoint };
  } catch (error) {
    await writer?.abort();
    throw error;
  }
}

/** Writes rows in the order of their key until the time is up, and then to the end of the key at hand: it need not be unique. */
class Reading {
  checkpoint: Checkpoint | null = null;
  private readonly key: string | undefined;
  private last: unknown;
  private seen = 0;
  private isEnding = false;

  constructor(
    { key }: Selection,
    private readonly writer: RowWriter,
    private readonly before: number,
    private readonly remainingMs: () => number,
  ) {
    this.key = key?.name;
  }

  take(row: Row): void | false | Promise<void> {
    if (this.seen % ROWS_PER_LOOK === 0 && this.seen > 0 && !this.isEnding) this.look();
    if (this.key !== undefined) {
      const key = row[this.key];
      if (this.isEnding && key !== this.last) {
        this.checkpoint = { after: keyText(this.last), rows: this.before + this.seen };
        return false;
      }
      this.last = key;
    }
    return this.writer.write(row, this.before + ++this.seen);
  }

  private look(): void {
    if (this.remainingMs() > RESERVE_MS) return;
    if (this.key === undefined) {
      throw new SourceRefused(
        'One function has not enough time to read all rows, and without partitionBy there is no place to go on from. Set partitionBy to the primary key, and partitions to read several ranges of it at once.',
      );
    }
    this.isEnding = true;
  }
}

/** In the session's time zone, which is UTC. */
const keyText = (key: unknown): string | null =>
  key === null || key === undefined ? null : String(key).replace(/\+00(:00)?$/, '');

function tableSource(source: RowSource, engine: Engine): RowSource & { readonly config: TableConfig } {
  const { config } = source;
  if (config.kind === engine.kind) return source as RowSource & { readonly config: TableConfig };
  throw new InvalidTaskInput(
    `This function reads ${engine.title}, and source ${source.name} is of kind ${config.kind}.`,
  );
}
