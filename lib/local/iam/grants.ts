/** The grants of roles beside what they were used for: what a policy may do without. */
import { join } from 'node:path';
import { compilePattern } from './patterns';
import { asList } from './policy';
import { IamRegistry } from './registry';
import { readUsage, type Use } from './usage';

export interface RoleGrants {
  readonly role: string;
  readonly arn: string;
  /** allowed calls so far; 0: nothing ran as this role, so its grants cannot be judged */
  readonly calls: number;
  readonly statements: readonly StatementGrants[];
}

export interface StatementGrants {
  readonly policy: string;
  /** its Sid, or its position in the policy */
  readonly statement: string;
  readonly calls: number;
  readonly actions: readonly PatternUse[];
  readonly resources: readonly PatternUse[];
}

export interface PatternUse {
  readonly pattern: string;
  readonly calls: number;
  /** false: the local cloud never asks IAM for such an action, so that it cannot be used here */
  readonly canBeUsed: boolean;
}

export const policiesFile = (stateDir: string): string => join(stateDir, 'iam', 'policies.json');
export const usageFile = (stateDir: string): string => join(stateDir, 'iam', 'usage.json');

/** Of every role whose policies a local cloud has in this folder; undefined where none has been. */
export function grantsIn(stateDir: string): readonly RoleGrants[] | undefined {
  const registry = new IamRegistry(policiesFile(stateDir));
  const roles = registry.roles();
  if (roles.length === 0) return undefined;
  const { uses, askable } = readUsage(usageFile(stateDir));
  const byStatement = groupBy(uses);
  return roles
    .map(({ arn, name }) => {
      const statements = registry
        .identityStatements(arn)
        .filter(({ effect }) => effect === 'Allow')
        .map(({ id, statement }): StatementGrants => {
          const used = byStatement.get(keyOf({ role: arn, statement: id })) ?? [];
          const cut = id.lastIndexOf('#');
          return {
            policy: id.slice(0, cut),
            statement: id.slice(cut + 1),
            calls: sum(used),
            actions: asList(statement.Action).map((pattern) => ({
              pattern,
              calls: sum(used.filter(({ action }) => action === pattern)),
              canBeUsed: canBeAsked(pattern, askable),
            })),
            resources: asList(statement.Resource).map((pattern) => ({
              pattern,
              calls: sum(used.filter(({ resource }) => resource === pattern)),
              canBeUsed: true,
            })),
          };
        });
      return { role: name, arn, calls: statements.reduce((calls, one) => calls + one.calls, 0), statements };
    })
    .sort((a, b) => (a.role < b.role ? -1 : 1));
}

function canBeAsked(pattern: string, askable: readonly string[]): boolean {
  const matches = compilePattern(pattern, { ignoreCase: true });
  return askable.some(matches);
}

const keyOf = ({ role, statement }: Pick<Use, 'role' | 'statement'>) => `${role}\n${statement}`;

function groupBy(uses: readonly Use[]): Map<string, Use[]> {
  const groups = new Map<string, Use[]>();
  for (const use of uses) groups.set(keyOf(use), [...(groups.get(keyOf(use)) ?? []), use]);
  return groups;
}

const sum = (uses: readonly Use[]): number => uses.reduce((total, { times }) => total + times, 0);
