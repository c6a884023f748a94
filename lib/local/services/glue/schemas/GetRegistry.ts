import type { GetRegistryCommandInput, GetRegistryCommandOutput } from '@aws-sdk/client-glue';
import type { OperationOf } from '../../stateful';
import type { GlueState } from '../state';
import { describeRegistry, onRegistry } from './describe';

type Output = Omit<GetRegistryCommandOutput, '$metadata'>;

export const GetRegistry: OperationOf<GlueState, GetRegistryCommandInput, Output> = (state) => ({
  authorize: ({ RegistryId }, { cloud }) => onRegistry('GetRegistry', RegistryId, cloud),

  async handle({ RegistryId }) {
    return describeRegistry(await state().schemas.registry(RegistryId));
  },
});
