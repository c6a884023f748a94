/**
 * What the ledger says of a table that has no transactions (a lake table, a DynamoDB table): which loads it holds, and who publishes
 * into it just now.
 */
import type { Run, WriteMode } from '../../lib/tasks/common';
import { StillRunning } from '../../lib/tasks/errors';
import { getItem, type ItemKey, type Ledger, putItem } from './ledger';

export interface Publisher {
  readonly ledger: Ledger;
  /** of the invocation */
  readonly attempt: string;
  /** ms since 1970 */
  readonly now: () => number;
}

export interface LockedTable {
  /** in the ledger, among the tables of the pipeline */
  readonly id: string;
  readonly write: WriteMode;
}

/** Between a look at the lock and the end of the call that follows lies less: its client gives up before, or is made to. */
export const CALL_MS = 90_000;
export const LEASE_MS = 2 * CALL_MS;

interface LoadItem {
  readonly generation: number;
  readonly rows: number;
  readonly runId: string;
  /** ISO 8601 */
  readonly publishedAt: string;
}

interface LockItem {
  /** changes with every write: the condition of the next one */
  readonly revision: number;
  /** the latest arrival of all that was published */
  readonly arrival?: string | undefined;
  readonly holder?: string | undefined;
  readonly execution?: string | undefined;
  readonly runId?: string | undefined;
  /** ms since 1970 */
  readonly until?: number | undefined;
  /** whose rows were written last, or are being written */
  readonly writer?: string | undefined;
  /** until when an earlier attempt of the same execution may live on and write */
  readonly zombiesUntil?: number | undefined;
}

/** The load in the table, in this generation or a later one. */
export async function publishedLoad(
  run: Run,
  table: LockedTable,
  { ledger }: Publisher,
): Promise<LoadItem | undefined> {
  const item = await getItem<LoadItem>(ledger, { pk: tableKey(run, table), sk: run.loadKey });
  return item && item.generation >= run.generation ? item : undefined;
}

/**
 * The right to write what a load brings, or with `replace` the whole table. Glue has no conditional writes and no
 * transactions: two runs that swapped the same partitions at once could leave those of the older one, or some of each. An attempt
 * that is killed holds it until it runs out; attempts of its own execution write the same as it did and need not wait.
 */
export class TableLock {
  private constructor(
    private readonly key: ItemKey,
    private item: LockItem,
    private readonly run: Run,
    private readonly table: LockedTable,
    private readonly publisher: Publisher,
  ) {}

  static async take(run: Run, table: LockedTable, publisher: Publisher): Promise<TableLock> {
    const sk = table.write.mode === 'replace' ? 'lock' : `lock#${run.loadKey}`;
    const key = { pk: tableKey(run, table), sk };
    const now = publisher.now();
    const before: LockItem = (await getItem<LockItem>(publisher.ledger, key)) ?? { revision: 0 };
    const held = (before.until ?? 0) > now || (before.zombiesUntil ?? 0) > now;
    if (held && before.execution !== run.executionArn) throw taken(table, before);
    const others = held && before.holder !== publisher.attempt ? (before.until ?? 0) : 0;
    const lock = new TableLock(key, before, run, table, publisher);
    await lock.write({
      arrival: before.arrival,
      writer: before.writer,
      holder: publisher.attempt,
      execution: run.executionArn,
      runId: run.runId,
      until: now + LEASE_MS,
      zombiesUntil: Math.max(others, held ? (before.zombiesUntil ?? 0) : 0),
    });
    return lock;
  }

  /**
   * A newer file is in the table: an old version that arrives late must not put it back. Reprocessing is deliberate, unless it yields, and
   * intervals do not overlap.
   */
  isOvertaken({ generation, yields }: Pick<Run, 'generation' | 'yields'> = this.run): boolean {
    const { write } = this.table;
    return (
      write.mode === 'replace' &&
      write.interval === undefined &&
      (generation === 0 || yields === true) &&
      (this.item.arrival ?? '') > this.run.arrival
    );
  }

  /** True where nobody else has written since this writer did: then it may go on where it stopped. */
  async continues(writer: string): Promise<boolean> {
    if (this.item.writer === writer) return true;
    await this.write({ ...this.item, writer });
    return false;
  }

  /** To be called before each write: throws when another run may have taken the lock meanwhile. */
  async hold(): Promise<void> {
    const now = this.publisher.now();
    if (now + CALL_MS <= this.item.until!) return;
    await this.write({ ...this.item, until: now + LEASE_MS });
  }

  /** Notes the load, then lets go. */
  async published(rows: number, generation = this.run.generation): Promise<void> {
    await this.hold();
    const { run, publisher } = this;
    const publishedAt = new Date(publisher.now()).toISOString();
    const item: LoadItem = { generation, rows, runId: run.runId, publishedAt };
    await putItem(publisher.ledger, { ...this.key, sk: run.loadKey }, item);
    const { arrival = '' } = this.item;
    await this.release(arrival > run.arrival ? arrival : run.arrival);
  }

  async release(arrival = this.item.arrival): Promise<void> {
    const { execution, runId, zombiesUntil = 0 } = this.item;
    const waiting = zombiesUntil > this.publisher.now() ? { execution, runId, zombiesUntil } : {};
    await this.write({ arrival, writer: this.item.writer, ...waiting });
  }

  private async write(item: Omit<LockItem, 'revision'>): Promise<void> {
    const { revision } = this.item;
    const next = { ...item, revision: revision + 1 };
    const written = await putItem(this.publisher.ledger, this.key, next, {
      expression: 'attribute_not_exists(pk) OR revision = :revision OR (revision = :next AND holder = :me)',
      // The last: this very write, whose answer was lost.
      values: { ':revision': revision, ':next': revision + 1, ':me': this.publisher.attempt },
    });
    if (!written) throw taken(this.table, this.item);
    this.item = next;
  }
}

function taken({ id }: LockedTable, { runId }: LockItem): StillRunning {
  return new StillRunning(`Another attempt${runId ? ` of run ${runId}` : ''} publishes into ${id} just now.`);
}

export const tableKey = (run: Run, { id }: LockedTable): string => `load#${run.pipeline}#${id}`;
