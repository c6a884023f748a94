/** What callers see of registries, schemas and versions. */
import type { AccessRequest, CloudContext } from '../../../service';
import {
  latestOf,
  namesOf,
  type RegistryRecord,
  registryArn,
  registryNameOf,
  type SchemaRecord,
  schemaArn,
  type VersionRecord,
} from './registry';

export const describeRegistry = ({ name, arn, description, createdAt, updatedAt }: RegistryRecord) => ({
  RegistryName: name,
  RegistryArn: arn,
  ...(description === undefined ? {} : { Description: description }),
  Status: 'AVAILABLE' as const,
  CreatedTime: new Date(createdAt).toISOString(),
  UpdatedTime: new Date(updatedAt).toISOString(),
});

export const listedSchema = ({ registry, name, arn, description, createdAt, updatedAt }: SchemaRecord) => ({
  RegistryName: registry,
  SchemaName: name,
  SchemaArn: arn,
  ...(description === undefined ? {} : { Description: description }),
  SchemaStatus: 'AVAILABLE' as const,
  CreatedTime: new Date(createdAt).toISOString(),
  UpdatedTime: new Date(updatedAt).toISOString(),
});

export const describeSchema = (schema: SchemaRecord, cloud: CloudContext) => ({
  ...listedSchema(schema),
  RegistryArn: registryArn(cloud, schema.registry),
  DataFormat: 'JSON' as const,
  Compatibility: schema.compatibility,
  SchemaCheckpoint: schema.checkpoint,
  LatestSchemaVersion: latestOf(schema),
  NextSchemaVersion: latestOf(schema) + 1,
});

export const describeVersion = ({ arn }: SchemaRecord, { id, number, status, createdAt }: VersionRecord) => ({
  SchemaArn: arn,
  SchemaVersionId: id,
  VersionNumber: number,
  Status: status,
  CreatedTime: new Date(createdAt).toISOString(),
});

type RegistryId = Parameters<typeof registryNameOf>[0];
type SchemaId = Parameters<typeof namesOf>[0];

export const onRegistry = (action: string, id: RegistryId, cloud: CloudContext): readonly AccessRequest[] => [
  { action: `glue:${action}`, resource: registryArn(cloud, registryNameOf(id)) },
];

/** Glue asks about the registry and about the schema. */
export function onSchema(action: string, id: SchemaId, cloud: CloudContext): readonly AccessRequest[] {
  const [registry, name] = namesOf(id);
  return [
    ...onRegistry(action, { RegistryName: registry }, cloud),
    { action: `glue:${action}`, resource: schemaArn(cloud, registry, name || '*') },
  ];
}
