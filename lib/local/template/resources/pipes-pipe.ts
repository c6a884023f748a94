import {
  createOrUpdate,
  number,
  type Properties,
  physicalName,
  type ResourceHandler,
  record,
  refuseUntrusted,
  tagMap,
  text,
} from '../resource';

export const pipesPipe: ResourceHandler = {
  async apply({ properties, host, ...request }) {
    const Name = physicalName(request, { explicit: properties.Name, max: 64 });
    const arn = `arn:aws:pipes:${host.cloud.region}:${host.cloud.account}:pipe/${Name}`;
    refuseUntrusted(host, properties.RoleArn, 'pipes.amazonaws.com', arn);
    const input = {
      Name,
      Description: text(properties.Description),
      DesiredState: text(properties.DesiredState) ?? 'RUNNING',
      Source: properties.Source,
      SourceParameters: sourceParameters(record(properties.SourceParameters)),
      Enrichment: properties.Enrichment,
      EnrichmentParameters: properties.EnrichmentParameters,
      Target: properties.Target,
      TargetParameters: properties.TargetParameters,
      RoleArn: properties.RoleArn,
      LogConfiguration: properties.LogConfiguration,
    };
    const tags = properties.Tags;
    const Tags = Array.isArray(tags) ? tagMap(tags) : record(tags);
    const { Source: _, ...changes } = input;
    const pipe = await createOrUpdate(
      () => host.call<Properties>('pipes', 'CreatePipe', { ...input, Tags }),
      ['ConflictException'],
      () => host.call<Properties>('pipes', 'UpdatePipe', changes),
    );
    const { Arn, CreationTime, LastModifiedTime } = pipe;
    const times = { CreationTime: String(CreationTime), LastModifiedTime: String(LastModifiedTime) };
    return { physicalId: Name, attributes: { Arn, ...times, CurrentState: input.DesiredState } };
  },
  async remove({ resource, host }) {
    await host.call('pipes', 'DeletePipe', { Name: resource.physicalId });
  },
};

function sourceParameters(given: Properties): Properties {
  const queue = record(given.SqsQueueParameters);
  if (given.SqsQueueParameters === undefined) return given;
  const SqsQueueParameters = {
    ...(queue.BatchSize === undefined ? {} : { BatchSize: number(queue.BatchSize) }),
    ...(queue.MaximumBatchingWindowInSeconds === undefined
      ? {}
      : { MaximumBatchingWindowInSeconds: number(queue.MaximumBatchingWindowInSeconds) }),
  };
  return { ...given, SqsQueueParameters };
}
