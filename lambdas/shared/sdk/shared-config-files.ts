/**
 * Stands in for the SDK's reader of `~/.aws/config` in the bundles: a function is configured by its environment alone. In Lambda
 * there is no such file; on a laptop there may be one, and it must not change what a function does.
 */
export const fromSharedConfigFiles = () => async (): Promise<never> => {
  // The SDK asks its next provider, the default value, after an error that says so.
  throw Object.assign(new Error('Functions read no shared configuration files.'), { tryNextLink: true });
};
