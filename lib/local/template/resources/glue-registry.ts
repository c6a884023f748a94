import {
  createOrUpdate,
  type Host,
  physicalName,
  type ResourceHandler,
  record,
  tagMap,
  text,
  unless,
} from '../resource';

/** Tags are an object here, or a list as elsewhere. */
const tags = (value: unknown) => (Array.isArray(value) ? tagMap(value) : record(value));

export const glueRegistry: ResourceHandler = {
  holdsData: true,
  async apply({ properties, host, ...request }) {
    const RegistryName = physicalName(request, { explicit: properties.Name, max: 255 });
    const Description = text(properties.Description);
    const { RegistryArn } = await createOrUpdate(
      () =>
        host.call<{ RegistryArn: string }>('glue', 'CreateRegistry', {
          RegistryName,
          Description,
          Tags: tags(properties.Tags),
        }),
      ['AlreadyExistsException'],
      () => host.call<{ RegistryArn: string }>('glue', 'UpdateRegistry', { RegistryId: { RegistryName }, Description }),
    );
    return { physicalId: RegistryArn, attributes: { Arn: RegistryArn } };
  },
  async remove({ resource, host }) {
    await host
      .call('glue', 'DeleteRegistry', { RegistryId: { RegistryArn: resource.physicalId } })
      .catch(unless('EntityNotFoundException'));
  },
};

/**
 * Its first version comes with it; a definition that changes later does so by a version's own resource. CloudFormation would put another
 * schema in its place where this one changes, and fail, since the name is taken; while a contract is being written, and is nobody's yet,
 * it is registered here.
 */
export const glueSchema: ResourceHandler = {
  holdsData: true,
  async apply({ properties, host, ...request }) {
    const SchemaName = physicalName(request, { explicit: properties.Name, max: 255 });
    const { Name: RegistryName, Arn: RegistryArn } = record(properties.Registry);
    const RegistryId = properties.Registry === undefined ? undefined : { RegistryName, RegistryArn };
    const registry = text(RegistryName) ?? text(RegistryArn)?.split('registry/')[1];
    const { Compatibility } = properties;
    const id = { SchemaName, RegistryName: registry };
    const { SchemaArn, isThere } = await createOrUpdate<{ SchemaArn: string; isThere?: true }>(
      () =>
        host.call<{ SchemaArn: string }>('glue', 'CreateSchema', {
          RegistryId,
          SchemaName,
          DataFormat: properties.DataFormat,
          Compatibility,
          Description: text(properties.Description),
          SchemaDefinition: properties.SchemaDefinition,
          Tags: tags(properties.Tags),
        }),
      ['AlreadyExistsException'],
      async () => ({
        ...(await host.call<{ SchemaArn: string }>('glue', 'UpdateSchema', {
          SchemaId: id,
          Compatibility,
          SchemaVersionNumber: record(properties.CheckpointVersion).VersionNumber
            ? { VersionNumber: Number(record(properties.CheckpointVersion).VersionNumber) }
            : { LatestVersion: true },
          Description: text(properties.Description),
        })),
        isThere: true as const,
      }),
    );
    if (isThere) await register(host, { SchemaArn }, properties.SchemaDefinition);
    const { SchemaVersionId } = await host.call<{ SchemaVersionId: string }>('glue', 'GetSchemaVersion', {
      SchemaId: { SchemaArn },
      SchemaVersionNumber: { VersionNumber: 1 },
    });
    return { physicalId: SchemaArn, attributes: { Arn: SchemaArn, InitialSchemaVersionId: SchemaVersionId } };
  },
  async remove({ resource, host }) {
    await host
      .call('glue', 'DeleteSchema', { SchemaId: { SchemaArn: resource.physicalId } })
      .catch(unless('EntityNotFoundException'));
  },
};

export const glueSchemaVersion: ResourceHandler = {
  async apply({ properties, host }) {
    const { SchemaArn, SchemaName, RegistryName } = record(properties.Schema);
    const id = await register(host, { SchemaArn, SchemaName, RegistryName }, properties.SchemaDefinition);
    return { physicalId: id, attributes: { VersionId: id } };
  },
};

/** Where it is there already, it is that one. */
async function register(host: Host, schema: Record<string, unknown>, definition: unknown): Promise<string> {
  const { SchemaVersionId, Status } = await host.call<{ SchemaVersionId: string; Status: string }>(
    'glue',
    'RegisterSchemaVersion',
    { SchemaId: schema, SchemaDefinition: definition },
  );
  if (Status !== 'FAILURE') return SchemaVersionId;
  const name = String(schema.SchemaName ?? schema.SchemaArn);
  throw new Error(
    `The new version of the schema ${name} is not compatible with the versions that are there: records that were written by them could not be read.`,
  );
}
