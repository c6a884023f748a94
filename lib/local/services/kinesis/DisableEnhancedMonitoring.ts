import type {
  DisableEnhancedMonitoringCommandInput,
  DisableEnhancedMonitoringCommandOutput,
} from '@aws-sdk/client-kinesis';
import type { OperationOf } from '../stateful';
import { changedMetrics, namedMetrics } from './shard-metrics';
import type { KinesisState } from './state';
import { arnOf } from './stream';

type Output = Omit<DisableEnhancedMonitoringCommandOutput, '$metadata'>;

export const DisableEnhancedMonitoring: OperationOf<KinesisState, DisableEnhancedMonitoringCommandInput, Output> = (
  state,
) => ({
  authorize: (input, { cloud }) => [{ action: 'kinesis:DisableEnhancedMonitoring', resource: arnOf(input, cloud) }],

  async handle(input) {
    const stream = state().stream(input);
    const named = namedMetrics(input.ShardLevelMetrics);
    const shardMetrics = stream.shardMetrics.filter((metric) => !named.includes(metric));
    await state().put({ ...stream, shardMetrics });
    return changedMetrics(stream, shardMetrics);
  },
});
