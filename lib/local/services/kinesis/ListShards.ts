import type { ListShardsCommandInput, ListShardsCommandOutput, ShardFilter } from '@aws-sdk/client-kinesis';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { isOpen, type Shard, wireShard } from './shards';
import { type KinesisState, keptSince } from './state';
import { arnOf, type StreamRecord } from './stream';

type Output = Omit<ListShardsCommandOutput, '$metadata'>;

interface Token {
  readonly stream: string;
  readonly after: string;
  readonly filter?: ShardFilter;
  readonly issuedAt: number;
}

const DEFAULT_LIMIT = 1000;
const TOKEN_LIVES_MS = 300_000;

export const ListShards: OperationOf<KinesisState, ListShardsCommandInput, Output> = (state) => ({
  authorize: (input, { cloud }) => [
    {
      action: 'kinesis:ListShards',
      resource: arnOf(input.NextToken ? { StreamName: tokenOf(input.NextToken).stream } : input, cloud),
    },
  ],

  async handle(input, { cloud }) {
    const now = cloud.clock.now();
    if (input.NextToken !== undefined && (input.StreamName !== undefined || input.ExclusiveStartShardId !== undefined))
      throw new AwsError('InvalidArgumentException', 'NextToken and StreamName cannot be provided together.');
    const token = input.NextToken === undefined ? undefined : tokenOf(input.NextToken);
    if (token !== undefined && now - token.issuedAt > TOKEN_LIVES_MS)
      throw new AwsError('ExpiredNextTokenException', `The NextToken has expired: ${input.NextToken}`);
    const stream = state().stream(token === undefined ? input : { StreamName: token.stream });
    const filter = token?.filter ?? input.ShardFilter;
    const after = token?.after ?? input.ExclusiveStartShardId ?? '';
    const all = stream.shards.filter((shard) => shard.id > after && passes(shard, filter, stream, now));
    const page = all.slice(0, input.MaxResults ?? DEFAULT_LIMIT);
    const next: Token = {
      stream: stream.name,
      after: page.at(-1)?.id ?? after,
      issuedAt: now,
      ...(filter === undefined ? {} : { filter }),
    };
    return {
      Shards: page.map(wireShard),
      ...(page.length < all.length ? { NextToken: Buffer.from(JSON.stringify(next)).toString('base64') } : {}),
    };
  },
});

function tokenOf(text: string): Token {
  try {
    const token = JSON.parse(Buffer.from(text, 'base64').toString()) as Token;
    if (typeof token.stream === 'string' && typeof token.after === 'string') {
      const at = token.filter?.Timestamp;
      return at === undefined ? token : { ...token, filter: { ...token.filter!, Timestamp: new Date(at) } };
    }
  } catch {
    // Told below.
  }
  throw new AwsError('InvalidArgumentException', 'The NextToken is not valid.');
}

function passes(shard: Shard, filter: ShardFilter | undefined, stream: StreamRecord, now: number): boolean {
  const at = filter?.Timestamp?.getTime() ?? 0;
  const wasOpenAt = (time: number) => shard.createdAt <= time && (shard.closedAt ?? Number.POSITIVE_INFINITY) > time;
  switch (filter?.Type) {
    case undefined:
    case 'FROM_TRIM_HORIZON':
      return true;
    case 'AFTER_SHARD_ID':
      if (filter.ShardId === undefined) throw missing('ShardId', filter.Type);
      return shard.id > filter.ShardId;
    case 'AT_LATEST':
      return isOpen(shard);
    case 'AT_TRIM_HORIZON':
      return wasOpenAt(Math.max(keptSince(stream, now), stream.createdAt));
    case 'AT_TIMESTAMP':
      if (filter.Timestamp === undefined) throw missing('Timestamp', filter.Type);
      return wasOpenAt(Math.max(at, stream.createdAt));
    case 'FROM_TIMESTAMP':
      if (filter.Timestamp === undefined) throw missing('Timestamp', filter.Type);
      return (shard.closedAt ?? Number.POSITIVE_INFINITY) > at;
    default:
      throw new AwsError('InvalidArgumentException', `Invalid ShardFilter type: ${filter?.Type}`);
  }
}

const missing = (member: string, type: string) =>
  new AwsError('InvalidArgumentException', `${member} must be provided when ShardFilter type is ${type}.`);
