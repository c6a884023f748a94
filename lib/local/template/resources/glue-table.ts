import { createOrUpdate, physicalName, type ResourceHandler, record, unless } from '../resource';

export const glueTable: ResourceHandler = {
  holdsData: true,
  async apply({ properties, host, ...request }) {
    const { DatabaseName } = properties;
    const input = record(properties.TableInput);
    const Name = physicalName(request, { explicit: input.Name, max: 255, lowerCase: true });
    const TableInput = { ...input, Name };
    await createOrUpdate(
      () => host.call('glue', 'CreateTable', { DatabaseName, TableInput }),
      ['AlreadyExistsException'],
      () => host.call('glue', 'UpdateTable', { DatabaseName, TableInput }),
    );
    return { physicalId: Name };
  },
  async remove({ resource, host }) {
    const { DatabaseName } = resource.properties;
    await host
      .call('glue', 'DeleteTable', { DatabaseName, Name: resource.physicalId })
      .catch(unless('EntityNotFoundException'));
  },
};
