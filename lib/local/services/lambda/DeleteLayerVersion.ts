import type { DeleteLayerVersionRequest } from '@aws-sdk/client-lambda';
import type { OperationOf } from '../stateful';
import { onLayer } from './access';
import type { LambdaState } from './state';

export const DeleteLayerVersion: OperationOf<LambdaState, DeleteLayerVersionRequest, Record<string, never>> = (
  state,
) => ({
  authorize: (input, context) => onLayer('DeleteLayerVersion', input.LayerName as string, context, input.VersionNumber),
  async handle(input, context) {
    const request = onLayer('DeleteLayerVersion', input.LayerName as string, context, input.VersionNumber)[0];
    await state().layers.delete(request?.resource ?? '');
    return {};
  },
});
