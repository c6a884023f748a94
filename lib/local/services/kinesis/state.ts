/** The streams by name, and the records of their shards. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AwsError, type CloudContext } from '../../service';
import { openTable } from '../../store';
import { applyOwnPolicy, type ResourcePolicies } from '../resource-policy';
import { openShardLog, type ShardLog } from './shard-log';
import { isOpen, type Shard } from './shards';
import { type Named, type StreamRecord, streamNameOf } from './stream';
import { Throughput } from './throughput';

export interface KinesisState {
  readonly cloud: CloudContext;
  streams(): readonly StreamRecord[];
  find(name: string): StreamRecord | undefined;
  /** @throws {AwsError} ResourceNotFoundException */
  stream(input: Named): StreamRecord;
  /** @throws {AwsError} ResourceNotFoundException */
  shard(stream: StreamRecord, id: string): Shard;
  log(stream: StreamRecord, shard: Shard): ShardLog;
  readonly throughput: Throughput;
  /** Creates it as well; shards that are new get their logs. */
  put(stream: StreamRecord): Promise<void>;
  remove(stream: StreamRecord): Promise<void>;
  close(): Promise<void>;
}

/** Records that are older than the stream keeps them are not given out; how often their files are looked at. */
const TRIM_EVERY_MS = 60_000;
const HOUR_MS = 3_600_000;

export const keptSince = ({ retentionHours }: StreamRecord, now: number): number => now - retentionHours * HOUR_MS;

/** Of a shard in the accounts of its throughput. */
export const shardKey = ({ name }: StreamRecord, { id }: Shard): string => `${name}/${id}`;

export async function openKinesis(
  cloud: CloudContext,
  folder: string,
  policies?: ResourcePolicies,
): Promise<KinesisState> {
  const streams = await openTable<StreamRecord>(join(folder, 'streams.ndjson'));
  const logs = new Map<string, ShardLog>();
  const now = () => cloud.clock.now();
  const throughput = new Throughput(now);

  // A stream that is deleted and made anew has other shards.
  const folderOf = ({ name, createdAt }: StreamRecord) => join(folder, 'records', `${name}-${createdAt}`);
  const open = async (stream: StreamRecord) => {
    for (const shard of stream.shards) {
      const key = shardKey(stream, shard);
      if (!logs.has(key)) logs.set(key, await openShardLog(join(folderOf(stream), shard.id), now));
    }
  };
  for (const stream of streams.values()) {
    await open(stream);
    applyOwnPolicy(policies, stream.arn, stream.policy);
  }

  const trim = async () => {
    for (const stream of streams.values()) {
      const before = keptSince(stream, now());
      for (const shard of stream.shards) await logs.get(shardKey(stream, shard))?.trim(before);
      const left = stream.shards.filter((shard) => isOpen(shard) || (shard.closedAt ?? 0) >= before);
      if (left.length < stream.shards.length) await forgetShards(stream, left);
    }
  };
  /** All that a closed shard held has been forgotten: so is the shard. */
  const forgetShards = async (stream: StreamRecord, left: readonly Shard[]) => {
    for (const shard of stream.shards.filter((one) => !left.includes(one))) await drop(stream, shard);
    await streams.set(stream.name, { ...stream, shards: left });
  };
  const drop = async (stream: StreamRecord, shard: Shard) => {
    const key = shardKey(stream, shard);
    await logs.get(key)?.close();
    logs.delete(key);
    throughput.forget(key);
    await rm(join(folderOf(stream), shard.id), { recursive: true, force: true });
  };

  const stopping = new AbortController();
  const trimming = (async () => {
    for (;;) {
      await cloud.clock.sleep(TRIM_EVERY_MS, stopping.signal);
      await trim();
    }
  })().catch((error) => {
    if (!stopping.signal.aborted) cloud.log(`kinesis: old records stay: ${error.message}`);
  });

  const notFound = (what: string) =>
    new AwsError('ResourceNotFoundException', `${what} under account ${cloud.account} not found.`);

  return {
    cloud,
    throughput,
    streams: () => [...streams.values()],
    find: (name) => streams.get(name),
    stream(input) {
      const name = streamNameOf(input);
      const found = streams.get(name);
      if (found === undefined) throw notFound(`Stream ${name}`);
      return found;
    },
    shard(stream, id) {
      const found = stream.shards.find((shard) => shard.id === id);
      if (found === undefined)
        throw new AwsError(
          'ResourceNotFoundException',
          `Shard ${id} in stream ${stream.name} under account ${cloud.account} does not exist`,
        );
      return found;
    },
    log: (stream, shard) => {
      const found = logs.get(shardKey(stream, shard));
      if (found === undefined) throw notFound(`Stream ${stream.name}`);
      return found;
    },
    async put(stream) {
      await open(stream);
      await streams.set(stream.name, stream);
      applyOwnPolicy(policies, stream.arn, stream.policy);
    },
    async remove(stream) {
      await streams.delete(stream.name);
      applyOwnPolicy(policies, stream.arn, undefined);
      for (const shard of stream.shards) await drop(stream, shard);
      await rm(folderOf(stream), { recursive: true, force: true });
    },
    async close() {
      stopping.abort(new Error('stopped'));
      await trimming;
      for (const log of logs.values()) await log.close();
      await streams.close();
    },
  };
}
