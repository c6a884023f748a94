/** Aliases of a state machine: names for one of its versions, or two that share the executions by weight. */
import type { RoutingConfigurationListItem } from '@aws-sdk/client-sfn';
import type { AliasRecord, Catalogue } from '../../stepfunctions/catalogue';
import { checkAliasArn, checkVersionArn } from './arns';
import { invalidRequest, resourceNotFound } from './errors';

/** AWS: of one state machine. */
export const ALIAS_LIMIT = 100;

export const aliasesOf = ({ aliases }: Catalogue, machine: string): AliasRecord[] =>
  [...aliases.values()].filter(({ stateMachineArn }) => stateMachineArn === machine);

/** Throws ResourceNotFound. */
export function aliasOf({ aliases }: Catalogue, arn: string | undefined): AliasRecord {
  checkAliasArn(arn);
  const alias = aliases.get(arn!);
  if (!alias) throw resourceNotFound(arn!);
  return alias;
}

/** The routes, and the state machine that they all belong to. Throws for what AWS does not take. */
export function checkRoutes(
  { machines, versions }: Catalogue,
  given: readonly RoutingConfigurationListItem[],
): { readonly machine: string; readonly routes: AliasRecord['routes'] } {
  const refuse = (message: string) => invalidRequest(message, 'INVALID_ROUTING_CONFIGURATION');
  const routes = given.map(({ stateMachineVersionArn = '', weight = 0 }) => ({ stateMachineVersionArn, weight }));
  const [machine = '', ...others] = routes.map((route) => checkVersionArn(route.stateMachineVersionArn).machine);
  if (others.some((other) => other !== machine)) {
    throw refuse('All state machine version ARNs in the routing configuration must belong to the same state machine.');
  }
  if (new Set(routes.map((route) => route.stateMachineVersionArn)).size < routes.length) {
    throw refuse('The state machine version ARNs in the routing configuration must be different.');
  }
  if (routes.reduce((sum, { weight }) => sum + weight, 0) !== 100) {
    throw refuse('Sum of routing configuration weights must equal 100.');
  }
  if (!machines.has(machine)) throw resourceNotFound(machine);
  for (const { stateMachineVersionArn } of routes) {
    if (!versions.has(stateMachineVersionArn)) throw resourceNotFound(stateMachineVersionArn);
  }
  return { machine, routes };
}
