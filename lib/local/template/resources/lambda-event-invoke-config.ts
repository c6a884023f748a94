import { number, type ResourceHandler } from '../resource';
import { unlessGone } from './lambda-permission';

export const lambdaEventInvokeConfig: ResourceHandler = {
  async apply({ properties, host }) {
    const { FunctionName, Qualifier, DestinationConfig } = properties;
    await host.call('lambda', 'PutFunctionEventInvokeConfig', {
      FunctionName,
      Qualifier,
      DestinationConfig,
      MaximumRetryAttempts: number(properties.MaximumRetryAttempts),
      MaximumEventAgeInSeconds: number(properties.MaximumEventAgeInSeconds),
    });
    return { physicalId: `${FunctionName}|${Qualifier}` };
  },
  async remove({ resource, host }) {
    const { FunctionName, Qualifier } = resource.properties;
    await host.call('lambda', 'DeleteFunctionEventInvokeConfig', { FunctionName, Qualifier }).catch(unlessGone);
  },
};
