import { createOrUpdate, number, physicalName, type ResourceHandler, record, tagMap, text, unless } from '../resource';

/** Its members that the API changes one at a time. */
interface Summary {
  readonly StreamARN: string;
  readonly StreamModeDetails: { readonly StreamMode: string };
  readonly RetentionPeriodHours: number;
  readonly OpenShardCount: number;
  readonly EnhancedMonitoring: readonly { readonly ShardLevelMetrics?: readonly string[] }[];
}

export const kinesisStream: ResourceHandler = {
  holdsData: true,
  async apply({ properties, host, ...request }) {
    const StreamName = physicalName(request, { explicit: properties.Name, max: 128 });
    const shards = number(properties.ShardCount);
    const mode = text(record(properties.StreamModeDetails).StreamMode) ?? 'PROVISIONED';
    const StreamModeDetails = { StreamMode: mode };
    const Tags = tagMap(properties.Tags);
    await createOrUpdate(
      () =>
        host.call('kinesis', 'CreateStream', {
          StreamName,
          StreamModeDetails,
          Tags,
          ...(mode === 'ON_DEMAND' ? {} : { ShardCount: shards ?? 1 }),
        }),
      ['ResourceInUseException'],
      async () => {
        await host.call('kinesis', 'AddTagsToStream', { StreamName, Tags });
        return {};
      },
    );
    const stream = await describe();
    const StreamARN = stream.StreamARN;
    if (stream.StreamModeDetails.StreamMode !== mode)
      await host.call('kinesis', 'UpdateStreamMode', { StreamARN, StreamModeDetails });
    if (mode === 'PROVISIONED' && shards !== undefined && shards !== stream.OpenShardCount)
      await host.call('kinesis', 'UpdateShardCount', {
        StreamName,
        TargetShardCount: shards,
        ScalingType: 'UNIFORM_SCALING',
      });
    const RetentionPeriodHours = number(properties.RetentionPeriodHours) ?? 24;
    if (RetentionPeriodHours !== stream.RetentionPeriodHours) {
      const longer = RetentionPeriodHours > stream.RetentionPeriodHours;
      await host.call('kinesis', `${longer ? 'Increase' : 'Decrease'}StreamRetentionPeriod`, {
        StreamName,
        RetentionPeriodHours,
      });
    }
    await setShardMetrics((properties.DesiredShardLevelMetrics as string[] | undefined) ?? [], stream);
    const { EncryptionType, KeyId } = record(properties.StreamEncryption);
    if (EncryptionType === undefined) await host.call('kinesis', 'StopStreamEncryption', { StreamName });
    else await host.call('kinesis', 'StartStreamEncryption', { StreamName, EncryptionType, KeyId });
    return { physicalId: StreamName, attributes: { Arn: StreamARN } };

    async function setShardMetrics(wanted: readonly string[], { EnhancedMonitoring }: Summary): Promise<void> {
      const there = EnhancedMonitoring.flatMap(({ ShardLevelMetrics = [] }) => ShardLevelMetrics);
      const more = wanted.filter((metric) => !there.includes(metric));
      const less = there.filter((metric) => !wanted.includes(metric));
      if (more.length > 0)
        await host.call('kinesis', 'EnableEnhancedMonitoring', { StreamName, ShardLevelMetrics: more });
      if (less.length > 0)
        await host.call('kinesis', 'DisableEnhancedMonitoring', { StreamName, ShardLevelMetrics: less });
    }

    async function describe(): Promise<Summary> {
      const { StreamDescriptionSummary } = await host.call<{ StreamDescriptionSummary: Summary }>(
        'kinesis',
        'DescribeStreamSummary',
        { StreamName },
      );
      return StreamDescriptionSummary;
    }
  },
  async remove({ resource, host }) {
    await host
      .call('kinesis', 'DeleteStream', { StreamName: resource.physicalId })
      .catch(unless('ResourceNotFoundException'));
  },
};
