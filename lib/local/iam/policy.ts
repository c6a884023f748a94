/** IAM policy documents: their shape, and how one is compiled for evaluation. */
import { type Conditions, type ConditionTest, compileConditions, type RequestKeys } from './conditions';
import { matchesPattern, substituteVariables } from './patterns';

export interface PolicyDocument {
  readonly Version?: string;
  readonly Statement: PolicyStatement | readonly PolicyStatement[];
}

export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Principal?: PolicyPrincipal;
  readonly NotPrincipal?: PolicyPrincipal;
  readonly Condition?: Conditions;
}

export type PolicyPrincipal = '*' | Readonly<Record<string, string | readonly string[]>>;

export interface CompiledStatement {
  readonly sid: string;
  readonly effect: 'Allow' | 'Deny';
  readonly principal?: PolicyPrincipal;
  readonly notPrincipal?: PolicyPrincipal;
  appliesTo(action: string, resource: string, keys: RequestKeys): boolean;
}

export function compilePolicy(document: PolicyDocument, name: string): readonly CompiledStatement[] {
  return asList(document.Statement).map((statement, index) => {
    const actions = asList(statement.Action ?? statement.NotAction);
    // A trust policy has no resource: it speaks of the role that it is attached to.
    const resources = asList(statement.Resource ?? statement.NotResource ?? '*');
    const conditions: ConditionTest = compileConditions(statement.Condition ?? {});
    const isListed = statement.Action !== undefined;
    const isOnResources = statement.NotResource === undefined;
    return {
      sid: `${name}#${statement.Sid ?? index}`,
      effect: statement.Effect,
      ...(statement.Principal === undefined ? {} : { principal: statement.Principal }),
      ...(statement.NotPrincipal === undefined ? {} : { notPrincipal: statement.NotPrincipal }),
      appliesTo: (action, resource, keys) =>
        actions.some((pattern) => matchesPattern(pattern, action, { ignoreCase: true })) === isListed &&
        resources.some((pattern) => matchesResource(pattern, resource, keys)) === isOnResources &&
        conditions(keys),
    };
  });
}

function matchesResource(pattern: string, resource: string, keys: RequestKeys): boolean {
  const withVariables = substituteVariables(pattern, keys);
  return withVariables !== undefined && matchesPattern(withVariables, resource);
}

function asList<T>(value: T | readonly T[] | undefined): readonly T[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value as T];
}
