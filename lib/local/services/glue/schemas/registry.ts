/** The schema registry: registries, schemas in them, and the versions of each. https://docs.aws.amazon.com/glue/latest/dg/schema-registry.html */
import { join } from 'node:path';
import type { Compatibility, RegistryId, SchemaId, SchemaVersionNumber } from '@aws-sdk/client-glue';
import { AwsError, type CloudContext } from '../../../service';
import { openTable, type Table } from '../../../store';

export interface RegistryRecord {
  readonly name: string;
  readonly arn: string;
  readonly description?: string;
  readonly tags: Readonly<Record<string, string>>;
  /** milliseconds since 1970 */
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface SchemaRecord {
  readonly registry: string;
  readonly name: string;
  readonly arn: string;
  readonly description?: string;
  readonly compatibility: Compatibility;
  /** the version that `…_ALL` compares from */
  readonly checkpoint: number;
  readonly versions: readonly VersionRecord[];
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface VersionRecord {
  readonly id: string;
  readonly number: number;
  /** JSON Schema, as it was given */
  readonly definition: string;
  readonly status: 'AVAILABLE' | 'FAILURE';
  readonly createdAt: number;
}

export interface SchemaRegistry {
  readonly registries: Table<RegistryRecord>;
  readonly schemas: Table<SchemaRecord>;
  /** @throws {AwsError} EntityNotFoundException, but for the default one, which is made when it is first needed */
  registry(id: RegistryId | undefined): Promise<RegistryRecord>;
  schemasOf(registry: string): readonly SchemaRecord[];
  /** @throws {AwsError} EntityNotFoundException */
  schema(id: SchemaId | undefined): SchemaRecord;
  put(schema: SchemaRecord): Promise<void>;
  remove(schema: SchemaRecord): Promise<void>;
  /** By its id, or by its schema and number. @throws {AwsError} EntityNotFoundException */
  version(asked: AskedVersion): { readonly schema: SchemaRecord; readonly version: VersionRecord };
  close(): Promise<void>;
}

export interface AskedVersion {
  readonly SchemaVersionId?: string | undefined;
  readonly SchemaId?: SchemaId | undefined;
  readonly SchemaVersionNumber?: SchemaVersionNumber | undefined;
}

const DEFAULT_REGISTRY = 'default-registry';
const keyOf = (registry: string, name: string) => JSON.stringify([registry, name]);

export const registryArn = ({ region, account }: CloudContext, name: string): string =>
  `arn:aws:glue:${region}:${account}:registry/${name}`;
export const schemaArn = ({ region, account }: CloudContext, registry: string, name: string): string =>
  `arn:aws:glue:${region}:${account}:schema/${registry}/${name}`;

export const registryNameOf = (id: RegistryId | undefined): string =>
  id?.RegistryName ?? id?.RegistryArn?.split('registry/')[1] ?? DEFAULT_REGISTRY;

/** Registry and name of `arn:…:schema/<registry>/<name>`, or as they are given. */
export function namesOf(id: SchemaId | undefined): readonly [registry: string, name: string] {
  const [registry, name] = id?.SchemaArn?.split('schema/')[1]?.split('/') ?? [];
  return [registry ?? id?.RegistryName ?? DEFAULT_REGISTRY, name ?? id?.SchemaName ?? ''];
}

export const latestOf = ({ versions }: SchemaRecord): number => versions.at(-1)?.number ?? 0;

export function assertName(name: string | undefined, what: string): string {
  if (name !== undefined && /^[a-zA-Z0-9_$#.-]{1,255}$/.test(name)) return name;
  throw new AwsError(
    'InvalidInputException',
    `${what} name '${name ?? ''}' is not valid: letters, digits, and - _ $ # . are.`,
  );
}

const notFound = (what: string) => new AwsError('EntityNotFoundException', `${what} is not found.`);

export async function openSchemaRegistry(cloud: CloudContext, folder: string): Promise<SchemaRegistry> {
  const registries = await openTable<RegistryRecord>(join(folder, 'registries.ndjson'));
  const schemas = await openTable<SchemaRecord>(join(folder, 'schemas.ndjson'));

  const schema = (id: SchemaId | undefined): SchemaRecord => {
    const [registry, name] = namesOf(id);
    const found = schemas.get(keyOf(registry, name));
    if (found === undefined) throw notFound(`Schema. RegistryName: ${registry}, SchemaName: ${name},`);
    return found;
  };

  return {
    registries,
    schemas,
    async registry(id) {
      const name = registryNameOf(id);
      const found = registries.get(name);
      if (found !== undefined) return found;
      if (name !== DEFAULT_REGISTRY) throw notFound(`Registry. RegistryName: ${name},`);
      const now = cloud.clock.now();
      const made = { name, arn: registryArn(cloud, name), tags: {}, createdAt: now, updatedAt: now };
      await registries.set(name, made);
      return made;
    },
    schemasOf: (registry) =>
      [...schemas.values()].filter((one) => one.registry === registry).sort((a, b) => (a.name < b.name ? -1 : 1)),
    schema,
    put: (record) => schemas.set(keyOf(record.registry, record.name), record),
    remove: ({ registry, name }) => schemas.delete(keyOf(registry, name)),
    version({ SchemaVersionId, SchemaId, SchemaVersionNumber }) {
      if (SchemaVersionId !== undefined) {
        for (const record of schemas.values()) {
          const version = record.versions.find(({ id }) => id === SchemaVersionId);
          if (version !== undefined) return { schema: record, version };
        }
        throw notFound(`Schema version. SchemaVersionId: ${SchemaVersionId},`);
      }
      const record = schema(SchemaId);
      const number = SchemaVersionNumber?.LatestVersion ? latestOf(record) : SchemaVersionNumber?.VersionNumber;
      const version = record.versions.find((one) => one.number === number);
      if (version === undefined)
        throw notFound(`Schema version. SchemaName: ${record.name}, VersionNumber: ${number},`);
      return { schema: record, version };
    },
    async close() {
      await registries.close();
      await schemas.close();
    },
  };
}
