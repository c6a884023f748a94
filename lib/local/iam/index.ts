export { createIam, type Iam, type IamOptions } from './evaluator';
export { assumedRole, identityOf } from './identity';
export type { PolicyDocument, PolicyStatement } from './policy';
export { IamRegistry, type Role } from './registry';
