import { flag, number, type Properties, type ResourceHandler, record } from '../resource';
import { unlessGone } from './lambda-permission';

export const lambdaEventSourceMapping: ResourceHandler = {
  async apply({ properties, previous, host }) {
    const { EventSourceArn, FunctionName, FilterCriteria, FunctionResponseTypes, ScalingConfig } = properties;
    const concurrency = number(record(ScalingConfig).MaximumConcurrency);
    const settings = {
      FunctionName,
      Enabled: flag(properties.Enabled) ?? true,
      BatchSize: number(properties.BatchSize),
      MaximumBatchingWindowInSeconds: number(properties.MaximumBatchingWindowInSeconds),
      FilterCriteria: FilterCriteria ?? { Filters: [] },
      FunctionResponseTypes: FunctionResponseTypes ?? [],
      ScalingConfig: concurrency === undefined ? {} : { MaximumConcurrency: concurrency },
      ...streamSettings(properties),
    };
    const UUID = previous?.physicalId ?? (await sameMapping());
    const { UUID: id } =
      UUID === undefined
        ? await host.call<{ UUID: string }>('lambda', 'CreateEventSourceMapping', {
            ...settings,
            ...startOf(properties),
            EventSourceArn,
          })
        : await host.call<{ UUID: string }>('lambda', 'UpdateEventSourceMapping', { ...settings, UUID });
    return { physicalId: id, attributes: { Id: id } };

    /** One that a start made which was killed before it noted so. */
    async function sameMapping(): Promise<string | undefined> {
      const { EventSourceMappings } = await host.call<{ EventSourceMappings: { UUID: string }[] }>(
        'lambda',
        'ListEventSourceMappings',
        { FunctionName, EventSourceArn },
      );
      return EventSourceMappings[0]?.UUID;
    }
  },
  async remove({ resource, host }) {
    await host.call('lambda', 'DeleteEventSourceMapping', { UUID: resource.physicalId }).catch(unlessGone);
  },
};

/** Of the mapping of a stream. */
const streamSettings = (properties: Properties) => ({
  ParallelizationFactor: number(properties.ParallelizationFactor),
  BisectBatchOnFunctionError: flag(properties.BisectBatchOnFunctionError),
  MaximumRetryAttempts: number(properties.MaximumRetryAttempts),
  MaximumRecordAgeInSeconds: number(properties.MaximumRecordAgeInSeconds),
  TumblingWindowInSeconds: number(properties.TumblingWindowInSeconds),
  DestinationConfig: properties.DestinationConfig,
});

/** Where a new mapping begins: no update changes that. */
function startOf({ StartingPosition, StartingPositionTimestamp }: Properties): object {
  const seconds = number(StartingPositionTimestamp);
  return {
    StartingPosition,
    ...(seconds === undefined ? {} : { StartingPositionTimestamp: new Date(seconds * 1000) }),
  };
}
