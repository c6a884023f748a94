/** What a shard takes and gives in a second: https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html */

/** A bucket that fills evenly; it may be overdrawn once, and then waits until it is full enough again. */
class Bucket {
  private level: number;
  private at: number;

  constructor(
    private readonly perSecond: number,
    now: number,
  ) {
    this.level = perSecond;
    this.at = now;
  }

  private fill(now: number): void {
    this.level = Math.min(this.perSecond, this.level + ((now - this.at) / 1000) * this.perSecond);
    this.at = now;
  }

  has(amount: number, now: number): boolean {
    this.fill(now);
    return this.level >= Math.min(amount, this.perSecond);
  }

  isPositive(now: number): boolean {
    this.fill(now);
    return this.level > 0;
  }

  take(amount: number): void {
    this.level -= amount;
  }
}

const MIB = 1024 * 1024;
const WRITE_BYTES = MIB;
const WRITE_RECORDS = 1000;
const READ_BYTES = 2 * MIB;
const READ_CALLS = 5;

export class Throughput {
  private readonly writes = new Map<string, { readonly bytes: Bucket; readonly records: Bucket }>();
  private readonly reads = new Map<string, { readonly bytes: Bucket; readonly calls: Bucket }>();

  constructor(private readonly now: () => number) {}

  /** False where the shard has no room for a record of this size: nothing is taken then. */
  write(shard: string, bytes: number): boolean {
    const now = this.now();
    const buckets = this.writes.get(shard) ?? {
      bytes: new Bucket(WRITE_BYTES, now),
      records: new Bucket(WRITE_RECORDS, now),
    };
    this.writes.set(shard, buckets);
    if (!buckets.bytes.has(bytes, now) || !buckets.records.has(1, now)) return false;
    buckets.bytes.take(bytes);
    buckets.records.take(1);
    return true;
  }

  /** False where the shard has been read too often, or too much of it. */
  read(shard: string): boolean {
    const now = this.now();
    const buckets = this.reads.get(shard) ?? {
      bytes: new Bucket(READ_BYTES, now),
      calls: new Bucket(READ_CALLS, now),
    };
    this.reads.set(shard, buckets);
    if (!buckets.bytes.isPositive(now) || !buckets.calls.has(1, now)) return false;
    buckets.calls.take(1);
    return true;
  }

  /** 10 MiB at once, which is allowed, are five seconds' worth. */
  hasRead(shard: string, bytes: number): void {
    this.reads.get(shard)?.bytes.take(bytes);
  }

  forget(shard: string): void {
    this.writes.delete(shard);
    this.reads.delete(shard);
  }
}
