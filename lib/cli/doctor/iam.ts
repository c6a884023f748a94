/** Which grants of the templates' roles no call has used, by what the local cloud keeps in its state folder. */
import { grantsIn, type PatternUse, type RoleGrants, type StatementGrants } from '../../local/iam';
import { Refused } from '../../operate/errors';
import { DEFAULT_STATE_DIR } from '../../operate/pipelines';
import { count, plural, shorten } from '../../operate/text';
import { printer, type VerbOptions } from '../printer';
import { dim, table } from '../terminal';

interface Unused {
  readonly role: string;
  readonly policy: string;
  readonly statement: string;
  /** action patterns that no call has needed; empty where all were, and only resources are left over */
  readonly actions: readonly string[];
  /** resource patterns that no call has needed; empty where the statement was not used at all */
  readonly resources: readonly string[];
}

interface Report {
  readonly stateDir: string;
  /** calls of roles that were allowed */
  readonly calls: number;
  readonly unused: readonly Unused[];
  /** nothing ran as them, so their grants cannot be judged */
  readonly idleRoles: readonly { readonly role: string; readonly statements: number }[];
  /** granted, but the local cloud asks IAM for no such action, so that it cannot be used here */
  readonly notHere: readonly { readonly action: string; readonly roles: readonly string[] }[];
  readonly roles: readonly RoleGrants[];
}

export function doctorIam(options: VerbOptions): void {
  if (options.profile !== undefined || options.env !== undefined || options.region !== undefined)
    throw new Refused('doctor iam tells what the local cloud has seen: leave out --profile, --region and --env.');
  const stateDir = options.stateDir ?? DEFAULT_STATE_DIR;
  const roles = grantsIn(stateDir);
  if (roles === undefined)
    throw new Refused(`No local cloud has run in ${stateDir}: npm start first, so that there is something to tell.`);
  printer(options).print(reportOf(stateDir, roles), linesOf);
}

function reportOf(stateDir: string, roles: readonly RoleGrants[]): Report {
  const active = roles.filter(({ calls }) => calls > 0);
  return {
    stateDir,
    calls: active.reduce((calls, role) => calls + role.calls, 0),
    unused: active.flatMap(({ role, statements }) => statements.flatMap((one) => unusedOf(role, one))),
    idleRoles: roles
      .filter(({ calls, statements }) => calls === 0 && statements.length > 0)
      .map(({ role, statements }) => ({ role, statements: statements.length })),
    notHere: notHereOf(roles),
    roles,
  };
}

function unusedOf(role: string, { policy, statement, actions, resources, calls }: StatementGrants): readonly Unused[] {
  const idle = actions.filter((one) => one.calls === 0 && one.canBeUsed).map(({ pattern }) => pattern);
  const leftOver = calls === 0 ? [] : resources.filter((one) => one.calls === 0).map(({ pattern }) => pattern);
  const isUnused = idle.length > 0 || leftOver.length > 0;
  return isUnused ? [{ role, policy, statement, actions: idle, resources: leftOver }] : [];
}

function notHereOf(roles: readonly RoleGrants[]): Report['notHere'] {
  const holders = new Map<string, Set<string>>();
  const note = (role: string, { pattern, canBeUsed }: PatternUse) => {
    if (canBeUsed) return;
    holders.set(pattern, (holders.get(pattern) ?? new Set()).add(role));
  };
  for (const { role, statements } of roles)
    for (const { actions } of statements) for (const one of actions) note(role, one);
  return [...holders].sort(([a], [b]) => (a < b ? -1 : 1)).map(([action, names]) => ({ action, roles: [...names] }));
}

const WIDEST = 72;

function linesOf({ calls, unused, idleRoles, notHere, roles, stateDir }: Report): readonly string[] {
  const rows = unused.flatMap(({ role, policy, statement, actions, resources }) =>
    [...actions, ...resources.map((one) => `on ${one}`)].map((grant, index) => [
      index === 0 ? role : '',
      index === 0 ? `${policy.split('/').at(-1)} ${statement}` : '',
      shorten(grant, WIDEST),
    ]),
  );
  const judged = roles.filter((role) => role.calls > 0).length;
  return [
    rows.length === 0
      ? `Every grant of the ${plural(judged, 'role')} that called anything was used.`
      : `Granted, and used by none of ${count(calls)} calls of ${plural(judged, 'role')}:`,
    ...(rows.length === 0 ? [] : ['', ...table(['Role', 'Statement', 'Grant'], rows)]),
    '',
    ...(idleRoles.length === 0
      ? []
      : [
          `Not judged, for nothing has run as ${idleRoles.length === 1 ? 'this role' : `these ${idleRoles.length} roles`}:`,
          ...idleRoles.map(({ role, statements }) => `  ${role} (${plural(statements, 'statement')})`),
          '',
        ]),
    ...(notHere.length === 0
      ? []
      : [
          `Not judged, for the local cloud asks for none of them: ${notHere.map(({ action }) => action).join(', ')}`,
          '',
        ]),
    dim(
      `Counted since ${stateDir} was begun. What has not run (failures, redrives, backfills, deletions) has used nothing:`,
    ),
    dim('an unused grant is a question, not yet an answer.'),
  ];
}
