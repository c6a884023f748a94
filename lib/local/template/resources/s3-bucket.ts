import { bucketEncryption, bucketLifecycle, bucketNotifications } from '../bucket-properties';
import { physicalName, type ResourceHandler, record, unless } from '../resource';

export const s3Bucket: ResourceHandler = {
  holdsData: true,
  async apply({ properties, host, previous, ...request }) {
    const Bucket = physicalName(request, { explicit: properties.BucketName, max: 63, lowerCase: true });
    await host.call('s3', 'CreateBucket', { Bucket });
    const { Status } = record(properties.VersioningConfiguration);
    if (Status !== undefined)
      await host.call('s3', 'PutBucketVersioning', { Bucket, VersioningConfiguration: { Status } });

    const before = previous?.properties ?? {};
    for (const [name, { put, remove, input }] of Object.entries(SETTINGS)) {
      if (properties[name] !== undefined) await host.call('s3', put, { Bucket, ...input(properties[name]) });
      else if (before[name] !== undefined && remove) await host.call('s3', remove, { Bucket });
    }
    // The policies of buckets are a resource of their own; so may notifications be, which must not be taken away here.
    if (properties.NotificationConfiguration !== undefined || before.NotificationConfiguration !== undefined) {
      const NotificationConfiguration = bucketNotifications(properties.NotificationConfiguration);
      const input = { Bucket, NotificationConfiguration, SkipDestinationValidation: true };
      await host.call('s3', 'PutBucketNotificationConfiguration', input);
    }
    const { region } = host.cloud;
    return {
      physicalId: Bucket,
      attributes: {
        Arn: `arn:aws:s3:::${Bucket}`,
        DomainName: `${Bucket}.s3.amazonaws.com`,
        DualStackDomainName: `${Bucket}.s3.dualstack.${region}.amazonaws.com`,
        RegionalDomainName: `${Bucket}.s3.${region}.amazonaws.com`,
        WebsiteURL: `http://${Bucket}.s3-website-${region}.amazonaws.com`,
      },
    };
  },
  async remove({ resource, host }) {
    await host.call('s3', 'DeleteBucket', { Bucket: resource.physicalId }).catch(unless('NoSuchBucket'));
  },
};

interface Setting {
  readonly put: string;
  readonly remove?: string;
  readonly input: (value: unknown) => object;
}

/** Property of the template → operation of the API. */
const SETTINGS: Readonly<Record<string, Setting>> = {
  BucketEncryption: {
    put: 'PutBucketEncryption',
    remove: 'DeleteBucketEncryption',
    input: (value) => ({ ServerSideEncryptionConfiguration: bucketEncryption(value) }),
  },
  LifecycleConfiguration: {
    put: 'PutBucketLifecycleConfiguration',
    remove: 'DeleteBucketLifecycle',
    input: (value) => ({ LifecycleConfiguration: bucketLifecycle(value) }),
  },
  OwnershipControls: {
    put: 'PutBucketOwnershipControls',
    remove: 'DeleteBucketOwnershipControls',
    input: (OwnershipControls) => ({ OwnershipControls }),
  },
  PublicAccessBlockConfiguration: {
    put: 'PutPublicAccessBlock',
    remove: 'DeletePublicAccessBlock',
    input: (value) => ({ PublicAccessBlockConfiguration: flags(value) }),
  },
  Tags: { put: 'PutBucketTagging', remove: 'DeleteBucketTagging', input: (TagSet) => ({ Tagging: { TagSet } }) },
};

const flags = (value: unknown) =>
  Object.fromEntries(Object.entries(record(value)).map(([name, set]) => [name, set === true || set === 'true']));
