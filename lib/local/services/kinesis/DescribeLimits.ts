import type { DescribeLimitsCommandOutput } from '@aws-sdk/client-kinesis';
import type { OperationOf } from '../stateful';
import { isOpen } from './shards';
import type { KinesisState } from './state';

type Output = Omit<DescribeLimitsCommandOutput, '$metadata'>;

/** Of an account in us-east-1, before any increase. */
const SHARDS = 20_000;
const ON_DEMAND_STREAMS = 50;

export const DescribeLimits: OperationOf<KinesisState, object, Output> = (state) => ({
  authorize: () => [{ action: 'kinesis:DescribeLimits', resource: '*' }],

  async handle() {
    const streams = state().streams();
    return {
      ShardLimit: SHARDS,
      OpenShardCount: streams.flatMap(({ shards }) => shards.filter(isOpen)).length,
      OnDemandStreamCount: streams.filter(({ mode }) => mode === 'ON_DEMAND').length,
      OnDemandStreamCountLimit: ON_DEMAND_STREAMS,
    };
  },
});
