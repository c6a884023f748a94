export { type Assembly, readAssembly } from './assembly';
export { type Deployment, deploy } from './deploy';
export * from './errors';
export type { Databases, Host } from './resource';
export { resourceHandler } from './resources';
export { type StackState, StateStore } from './state';
