/** Of whom a statement of a resource or trust policy speaks. */
import type { Principal } from '../service';
import { identityOf } from './identity';
import type { CompiledStatement, PolicyPrincipal } from './policy';

export function isAbout(statement: CompiledStatement, principal: Principal, account: string): boolean {
  if (statement.notPrincipal !== undefined) return !names(statement.notPrincipal, principal, account);
  return statement.principal !== undefined && names(statement.principal, principal, account);
}

function names(listed: PolicyPrincipal, principal: Principal, account: string): boolean {
  if (listed === '*' || valuesOf(listed, 'AWS').includes('*')) return true;
  if (principal.kind === 'anonymous') return false;
  if (principal.kind === 'service') {
    const services = valuesOf(listed, 'Service');
    return services.includes(principal.service) || services.includes('*');
  }
  const { arn } = identityOf(principal, account);
  return valuesOf(listed, 'AWS').some(
    (listedArn) =>
      listedArn === arn ||
      (principal.kind === 'role' && listedArn === principal.roleArn) ||
      isAccount(listedArn, account),
  );
}

/** Whether all that it names is the account. */
export function isAccountOnly(listed: PolicyPrincipal | undefined, account: string): boolean {
  if (listed === undefined || listed === '*') return false;
  const arns = valuesOf(listed, 'AWS');
  return arns.length > 0 && arns.every((arn) => isAccount(arn, account));
}

/** Whether it names this very session of the role. */
export function isSessionNamed(
  { principal: listed }: CompiledStatement,
  principal: Principal,
  account: string,
): boolean {
  if (listed === undefined || listed === '*') return false;
  return valuesOf(listed, 'AWS').includes(identityOf(principal, account).arn);
}

const valuesOf = (listed: Exclude<PolicyPrincipal, '*'>, kind: string): readonly string[] =>
  [listed[kind] ?? []].flat();

const isAccount = (arn: string, account: string): boolean => arn === account || arn === `arn:aws:iam::${account}:root`;
