import type { ResourceHandler } from '../resource';

/** Here every version is the code of the last deploy; the number only names it. */
export const lambdaVersion: ResourceHandler = {
  async apply({ properties, host }) {
    const { FunctionArn } = await host.call<{ FunctionArn: string }>('lambda', 'GetFunctionConfiguration', {
      FunctionName: properties.FunctionName,
    });
    return { physicalId: `${FunctionArn}:1`, attributes: { Version: '1', FunctionArn: `${FunctionArn}:1` } };
  },
};

export const lambdaAlias: ResourceHandler = {
  async apply({ properties, host }) {
    const { FunctionArn } = await host.call<{ FunctionArn: string }>('lambda', 'GetFunctionConfiguration', {
      FunctionName: properties.FunctionName,
    });
    return {
      physicalId: `${FunctionArn}:${properties.Name}`,
      attributes: { AliasArn: `${FunctionArn}:${properties.Name}` },
    };
  },
};
