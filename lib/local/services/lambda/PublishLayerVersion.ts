import type { PublishLayerVersionRequest, PublishLayerVersionResponse } from '@aws-sdk/client-lambda';
import type { OperationOf } from '../stateful';
import { onLayer } from './access';
import { layerOutput } from './GetLayerVersion';
import type { LambdaState, LayerRecord } from './state';

export const PublishLayerVersion: OperationOf<LambdaState, PublishLayerVersionRequest, PublishLayerVersionResponse> = (
  state,
) => ({
  authorize: (input, context) => onLayer('PublishLayerVersion', input.LayerName as string, context),
  async handle(input, { cloud }) {
    const { layers } = state();
    const name = input.LayerName as string;
    const code = await state().storeCode(input.Content ?? {});
    const version =
      1 + Math.max(0, ...[...layers.values()].filter((layer) => layer.name === name).map((layer) => layer.version));
    const layer: LayerRecord = {
      arn: `arn:aws:lambda:${cloud.region}:${cloud.account}:layer:${name}:${version}`,
      name,
      version,
      description: input.Description ?? '',
      code,
      createdAt: new Date(cloud.clock.now()).toISOString(),
    };
    await layers.set(layer.arn, layer);
    return layerOutput(layer);
  },
});
