import type { DeleteRegistryCommandInput, DeleteRegistryCommandOutput } from '@aws-sdk/client-glue';
import type { OperationOf } from '../../stateful';
import type { GlueState } from '../state';
import { onRegistry } from './describe';

type Output = Omit<DeleteRegistryCommandOutput, '$metadata'>;

/** Its schemas go with it. */
export const DeleteRegistry: OperationOf<GlueState, DeleteRegistryCommandInput, Output> = (state) => ({
  authorize: ({ RegistryId }, { cloud }) => onRegistry('DeleteRegistry', RegistryId, cloud),

  async handle({ RegistryId }) {
    const { registries, registry, schemasOf, remove } = state().schemas;
    const { name, arn } = await registry(RegistryId);
    for (const schema of schemasOf(name)) await remove(schema);
    await registries.delete(name);
    return { RegistryName: name, RegistryArn: arn, Status: 'DELETING' };
  },
});
