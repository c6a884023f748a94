/** IAM policy documents: their shape, and how one is compiled for evaluation. */
import { type Conditions, compileConditions, type RequestKeys } from './conditions';
import { compilePattern, hasVariables, matchesPattern, type PatternTest, substituteVariables } from './patterns';

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

/** The patterns by which a statement applies to a request; undefined for NotAction and NotResource. */
export interface Match {
  readonly action?: string;
  readonly resource?: string;
}

export interface CompiledStatement {
  /** `<policy>#<Sid, or position>` */
  readonly id: string;
  readonly effect: 'Allow' | 'Deny';
  readonly principal?: PolicyPrincipal;
  readonly notPrincipal?: PolicyPrincipal;
  readonly statement: PolicyStatement;
  appliesTo(action: string, resource: string, keys: RequestKeys): Match | undefined;
}

/** Policy variables are text in older documents, and in those that name no version. */
const VERSION_WITH_VARIABLES = '2012-10-17';

export function compilePolicy(document: PolicyDocument, name: string): readonly CompiledStatement[] {
  const variables = document.Version === VERSION_WITH_VARIABLES;
  return asList(document.Statement).map((statement, index) => {
    const { Sid, Effect, Action, NotAction, Principal, NotPrincipal, NotResource } = statement;
    const matchAction = matcher(
      asList(Action ?? NotAction).map((pattern) => [pattern, compilePattern(pattern, { ignoreCase: true })]),
      Action !== undefined,
    );
    // A trust policy has no resource: it speaks of the role that it is attached to.
    const matchResource = matcher(
      asList(statement.Resource ?? NotResource ?? '*').map((pattern) => [pattern, compileResource(pattern, variables)]),
      NotResource === undefined,
    );
    const conditions = compileConditions(statement.Condition ?? {}, { variables });
    return {
      id: `${name}#${Sid ?? index}`,
      effect: Effect,
      statement,
      ...(Principal === undefined ? {} : { principal: Principal }),
      ...(NotPrincipal === undefined ? {} : { notPrincipal: NotPrincipal }),
      appliesTo(action, resource, keys) {
        const byAction = matchAction(action, keys);
        if (byAction === undefined) return undefined;
        const byResource = matchResource(resource, keys);
        if (byResource === undefined || !conditions(keys)) return undefined;
        return {
          ...(byAction === '' ? {} : { action: byAction }),
          ...(byResource === '' ? {} : { resource: byResource }),
        };
      },
    };
  });
}

type Test = (value: string, keys: RequestKeys) => boolean | undefined;

/** Answers the pattern that matched, `''` where none had to, and undefined where the statement does not apply. */
function matcher(patterns: readonly (readonly [string, Test])[], isListed: boolean) {
  return (value: string, keys: RequestKeys): string | undefined => {
    for (const [pattern, test] of patterns) {
      const isMatch = test(value, keys);
      if (isMatch === true) return isListed ? pattern : undefined;
      // A variable without a value: what the pattern excludes is not known, so nothing is.
      if (isMatch === undefined && !isListed) return undefined;
    }
    return isListed ? undefined : '';
  };
}

function compileResource(pattern: string, variables: boolean): Test {
  if (!variables || !hasVariables(pattern)) return compilePattern(pattern) satisfies PatternTest;
  return (resource, keys) => {
    const withValues = substituteVariables(pattern, keys);
    return withValues === undefined ? undefined : matchesPattern(withValues, resource);
  };
}

export function asList<T>(value: T | readonly T[] | undefined): readonly T[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value as T];
}
