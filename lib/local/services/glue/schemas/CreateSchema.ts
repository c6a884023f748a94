import { randomUUID } from 'node:crypto';
import type { CreateSchemaCommandInput, CreateSchemaCommandOutput } from '@aws-sdk/client-glue';
import { AwsError } from '../../../service';
import type { OperationOf } from '../../stateful';
import type { GlueState } from '../state';
import { describeSchema, onSchema } from './describe';
import { assertDefinition } from './evolve';
import { assertName, registryNameOf, schemaArn } from './registry';

type Output = Omit<CreateSchemaCommandOutput, '$metadata'>;

export const CreateSchema: OperationOf<GlueState, CreateSchemaCommandInput, Output> = (state) => ({
  authorize: ({ RegistryId, SchemaName }, { cloud }) =>
    onSchema('CreateSchema', { RegistryName: registryNameOf(RegistryId), SchemaName }, cloud),

  async handle(
    { RegistryId, SchemaName, DataFormat, Compatibility = 'NONE', Description, Tags = {}, SchemaDefinition },
    { cloud },
  ) {
    const name = assertName(SchemaName, 'Schema');
    const definition = assertDefinition(DataFormat, SchemaDefinition);
    const { registry, schemasOf, put } = state().schemas;
    const { name: registryName } = await registry(RegistryId);
    if (schemasOf(registryName).some((one) => one.name === name))
      throw new AwsError('AlreadyExistsException', `Schema already exists. SchemaName: ${name}`);
    const now = cloud.clock.now();
    const id = randomUUID();
    const schema = {
      registry: registryName,
      name,
      arn: schemaArn(cloud, registryName, name),
      ...(Description === undefined ? {} : { description: Description }),
      compatibility: Compatibility,
      checkpoint: 1,
      versions: [{ id, number: 1, definition, status: 'AVAILABLE' as const, createdAt: now }],
      tags: Tags,
      createdAt: now,
      updatedAt: now,
    };
    await put(schema);
    const { CreatedTime: _, UpdatedTime: __, ...described } = describeSchema(schema, cloud);
    return { ...described, Tags, SchemaVersionId: id, SchemaVersionStatus: 'AVAILABLE' };
  },
});
