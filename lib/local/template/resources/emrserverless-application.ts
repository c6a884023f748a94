import {
  flag,
  list,
  number,
  type Properties,
  physicalName,
  type ResourceHandler,
  record,
  shortHash,
  tagMap,
  text,
} from '../resource';

/** CloudFormation's members are the API's in PascalCase. */
export const emrServerlessApplication: ResourceHandler = {
  async apply({ properties, previous, host, ...request }) {
    const start = record(properties.AutoStartConfiguration);
    const stop = record(properties.AutoStopConfiguration);
    const settings = {
      releaseLabel: text(properties.ReleaseLabel),
      architecture: text(properties.Architecture),
      ...(properties.InitialCapacity === undefined ? {} : { initialCapacity: capacities(properties.InitialCapacity) }),
      ...(properties.MaximumCapacity === undefined ? {} : { maximumCapacity: lowered(properties.MaximumCapacity) }),
      autoStartConfiguration: { enabled: flag(start.Enabled) ?? true },
      autoStopConfiguration: {
        enabled: flag(stop.Enabled) ?? true,
        idleTimeoutMinutes: number(stop.IdleTimeoutMinutes) ?? 15,
      },
    };
    const name = physicalName(request, { explicit: properties.Name, max: 64 });
    const tags = tagMap(properties.Tags);
    const isThere = previous !== undefined && (await exists(host, previous.physicalId));
    const applicationId = isThere
      ? previous.physicalId
      : (
          await host.call<{ applicationId: string }>('emr-serverless', 'CreateApplication', {
            ...settings,
            name,
            type: text(properties.Type),
            tags,
            clientToken: shortHash(`${request.stack.id}/${request.logicalId}`, 32),
          })
        ).applicationId;
    if (isThere) {
      // AWS changes it only at rest.
      await host.call('emr-serverless', 'StopApplication', { applicationId });
      await host.call('emr-serverless', 'UpdateApplication', { applicationId, ...settings });
    }
    const arn = `arn:aws:emr-serverless:${host.cloud.region}:${host.cloud.account}:/applications/${applicationId}`;
    return { physicalId: applicationId, attributes: { ApplicationId: applicationId, Arn: arn } };
  },
  async remove({ resource, host }) {
    const applicationId = resource.physicalId;
    if (!(await exists(host, applicationId))) return;
    await host.call('emr-serverless', 'StopApplication', { applicationId });
    await host.call('emr-serverless', 'DeleteApplication', { applicationId });
  },
};

type Host = Parameters<ResourceHandler['apply']>[0]['host'];

async function exists(host: Host, applicationId: string): Promise<boolean> {
  try {
    const { application } = await host.call<{ application: { state: string } }>('emr-serverless', 'GetApplication', {
      applicationId,
    });
    return application.state !== 'TERMINATED';
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return false;
    throw error;
  }
}

/** `[{ Key: 'Driver', Value: { WorkerCount, WorkerConfiguration } }]` → `{ Driver: { workerCount, workerConfiguration } }` */
const capacities = (value: unknown): Properties =>
  Object.fromEntries(
    list<Properties>(value).map(({ Key, Value }) => {
      const { WorkerCount, WorkerConfiguration } = record(Value);
      return [String(Key), { workerCount: number(WorkerCount), workerConfiguration: lowered(WorkerConfiguration) }];
    }),
  );

const lowered = (value: unknown): Properties =>
  Object.fromEntries(
    Object.entries(record(value)).map(([name, member]) => [name.charAt(0).toLowerCase() + name.slice(1), member]),
  );
