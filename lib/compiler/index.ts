/** A pipeline definition in, plain data out. Two compilations of one definition are equal. */
export { compile } from './compile';
export { type CompiledContract, contractsOf, isCurrentContract, writeContracts } from './contract';
export { withLineage } from './lineage';
export { compileTogether, type PipelineAndFolder, resolveTogether } from './together';
export type * from './types';
