export { AsyncQueue, type AsyncTarget } from './async-queue';
export { UnsupportedRuntime } from './errors';
export type { FunctionSpec } from './function';
export { layerFolders } from './launch';
export { type InvokeResult, LambdaRuntime, type RuntimeOptions, Throttled } from './runtime';
export { InvalidZip, unzip } from './unzip';
