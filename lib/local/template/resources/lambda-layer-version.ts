import { physicalName, type ResourceHandler, record, text } from '../resource';

export const lambdaLayerVersion: ResourceHandler = {
  async apply({ properties, host, ...request }) {
    const LayerName = physicalName(request, { explicit: properties.LayerName, max: 140 });
    const { S3Bucket, S3Key } = record(properties.Content);
    const { LayerVersionArn } = await host.call<{ LayerVersionArn: string }>('lambda', 'PublishLayerVersion', {
      LayerName,
      Description: text(properties.Description),
      Content: { S3Bucket, S3Key },
    });
    return { physicalId: LayerVersionArn, attributes: { LayerVersionArn } };
  },
  async remove({ resource, host }) {
    const [, LayerName, version] = /^(.*):(\d+)$/.exec(resource.physicalId) ?? [];
    await host.call('lambda', 'DeleteLayerVersion', { LayerName, VersionNumber: Number(version) });
  },
};
