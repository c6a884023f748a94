export { createIam, type Iam, type IamOptions } from './evaluator';
export { grantsIn, type PatternUse, policiesFile, type RoleGrants, type StatementGrants, usageFile } from './grants';
export { assumedRole, identityOf, roleIdOf } from './identity';
export type { PolicyDocument, PolicyStatement } from './policy';
export { IamRegistry, type Role } from './registry';
