import type { UpdateRegistryCommandInput, UpdateRegistryCommandOutput } from '@aws-sdk/client-glue';
import type { OperationOf } from '../../stateful';
import type { GlueState } from '../state';
import { onRegistry } from './describe';

type Output = Omit<UpdateRegistryCommandOutput, '$metadata'>;

export const UpdateRegistry: OperationOf<GlueState, UpdateRegistryCommandInput, Output> = (state) => ({
  authorize: ({ RegistryId }, { cloud }) => onRegistry('UpdateRegistry', RegistryId, cloud),

  async handle({ RegistryId, Description = '' }, { cloud }) {
    const { registries, registry } = state().schemas;
    const record = await registry(RegistryId);
    await registries.set(record.name, { ...record, description: Description, updatedAt: cloud.clock.now() });
    return { RegistryName: record.name, RegistryArn: record.arn };
  },
});
