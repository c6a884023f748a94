export type { Grant, Iam } from './evaluator';
export { createIam } from './evaluator';
export type { PolicyDocument, PolicyStatement } from './policy';
export type { IamRegistry, Role } from './registry';
