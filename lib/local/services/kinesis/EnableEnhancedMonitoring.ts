import type {
  EnableEnhancedMonitoringCommandInput,
  EnableEnhancedMonitoringCommandOutput,
} from '@aws-sdk/client-kinesis';
import type { OperationOf } from '../stateful';
import { changedMetrics, namedMetrics } from './shard-metrics';
import type { KinesisState } from './state';
import { arnOf } from './stream';

type Output = Omit<EnableEnhancedMonitoringCommandOutput, '$metadata'>;

export const EnableEnhancedMonitoring: OperationOf<KinesisState, EnableEnhancedMonitoringCommandInput, Output> = (
  state,
) => ({
  authorize: (input, { cloud }) => [{ action: 'kinesis:EnableEnhancedMonitoring', resource: arnOf(input, cloud) }],

  async handle(input) {
    const stream = state().stream(input);
    const named = namedMetrics(input.ShardLevelMetrics);
    const shardMetrics = [...new Set([...stream.shardMetrics, ...named])];
    await state().put({ ...stream, shardMetrics });
    return changedMetrics(stream, shardMetrics);
  },
});
