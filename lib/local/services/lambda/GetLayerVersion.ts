import type { GetLayerVersionRequest, GetLayerVersionResponse } from '@aws-sdk/client-lambda';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { onLayer } from './access';
import type { LambdaState, LayerRecord } from './state';

export const GetLayerVersion: OperationOf<LambdaState, GetLayerVersionRequest, GetLayerVersionResponse> = (state) => ({
  authorize: (input, context) => onLayer('GetLayerVersion', input.LayerName as string, context, input.VersionNumber),
  async handle(input, context) {
    const arn = onLayer('GetLayerVersion', input.LayerName as string, context, input.VersionNumber)[0]
      ?.resource as string;
    const layer = state().layers.get(arn);
    if (layer === undefined)
      throw new AwsError('ResourceNotFoundException', `Layer version ${arn} does not exist.`, 404, { Type: 'User' });
    return layerOutput(layer);
  },
});

export function layerOutput(layer: LayerRecord): GetLayerVersionResponse {
  return {
    LayerArn: layer.arn.replace(/:\d+$/, ''),
    LayerVersionArn: layer.arn,
    Version: layer.version,
    Description: layer.description,
    CreatedDate: layer.createdAt,
  };
}
