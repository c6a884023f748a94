import { randomUUID } from 'node:crypto';
import type { RegisterSchemaVersionCommandInput, RegisterSchemaVersionCommandOutput } from '@aws-sdk/client-glue';
import { AwsError } from '../../../service';
import type { OperationOf } from '../../stateful';
import type { GlueState } from '../state';
import { onSchema } from './describe';
import { assertDefinition, isCompatible, isSameDefinition } from './evolve';
import { latestOf, type VersionRecord } from './registry';

type Output = Omit<RegisterSchemaVersionCommandOutput, '$metadata'>;

/** A definition that is not compatible becomes a version, too: one whose status is FAILURE, which serializers refuse. */
export const RegisterSchemaVersion: OperationOf<GlueState, RegisterSchemaVersionCommandInput, Output> = (state) => ({
  authorize: ({ SchemaId }, { cloud }) => onSchema('RegisterSchemaVersion', SchemaId, cloud),

  async handle({ SchemaId, SchemaDefinition }, { cloud }) {
    const { schema: find, put } = state().schemas;
    const schema = find(SchemaId);
    const definition = assertDefinition('JSON', SchemaDefinition);
    const same = schema.versions.find((version) => isSameDefinition(version.definition, definition));
    if (same !== undefined) return outputOf(same);
    if (schema.compatibility === 'DISABLED')
      throw new AwsError(
        'InvalidInputException',
        `Compatibility is DISABLED for the schema ${schema.name}: it takes no further version.`,
      );
    const version: VersionRecord = {
      id: randomUUID(),
      number: latestOf(schema) + 1,
      definition,
      status: isCompatible(schema, definition) ? 'AVAILABLE' : 'FAILURE',
      createdAt: cloud.clock.now(),
    };
    await put({ ...schema, versions: [...schema.versions, version], updatedAt: version.createdAt });
    return outputOf(version);
  },
});

const outputOf = ({ id, number, status }: VersionRecord): Output => ({
  SchemaVersionId: id,
  VersionNumber: number,
  Status: status,
});
