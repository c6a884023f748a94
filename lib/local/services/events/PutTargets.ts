import type { PutTargetsCommandInput, PutTargetsCommandOutput, Target } from '@aws-sdk/client-eventbridge';
import { isSupportedTarget } from '../../events/targets';
import { assertValidInput } from '../../events/transform';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { EVENTS_PRINCIPAL, type EventsState, ruleArn } from './state';

type Output = Omit<PutTargetsCommandOutput, '$metadata'>;

const MAX_TARGETS = 5;
/** EventBridge has no resource policy to rely on there, so the target must name a role. */
const NEEDS_ROLE = ['states'];

/** Targets with a known id are replaced; the others of the rule stay. */
export const PutTargets: OperationOf<EventsState, PutTargetsCommandInput, Output> = (state) => ({
  authorize: ({ Rule, EventBusName, Targets = [] }, { cloud }) => [
    { action: 'events:PutTargets', resource: ruleArn(cloud, Rule ?? '', EventBusName) },
    ...Targets.flatMap(({ RoleArn }) => (RoleArn ? [passRole(RoleArn)] : [])),
  ],

  async handle(input) {
    requireMembers(input, 'Rule', 'Targets');
    if (input.Targets.length < 1 || input.Targets.length > 100) {
      throw invalid("Value at 'targets' failed to satisfy constraint: Member must have length between 1 and 100");
    }
    const rule = state().rule(input.Rule, input.EventBusName);
    for (const target of input.Targets) assertValid(target);

    const ids = new Set(input.Targets.map(({ Id }) => Id));
    const targets = [...rule.targets.filter(({ Id }) => !ids.has(Id)), ...input.Targets];
    if (targets.length > MAX_TARGETS) {
      throw new AwsError(
        'LimitExceededException',
        `The requested resource exceeds the maximum number allowed: ${MAX_TARGETS}.`,
      );
    }
    await state().putRule({ ...rule, targets });
    return { FailedEntryCount: 0, FailedEntries: [] };
  },
});

function assertValid(target: Target): void {
  const { Id = '', Arn = '', RoleArn } = target;
  if (!/^[.\-_A-Za-z0-9]{1,64}$/.test(Id)) throw invalid(`Parameter Id of the target is not valid: ${Id}`);
  if (!isSupportedTarget(Arn) && !/:event-bus\//.test(Arn))
    throw invalid(`Parameter ${Arn} is not valid. Reason: no such target is supported here.`);
  if (!RoleArn && NEEDS_ROLE.includes(Arn.split(':')[2] ?? '')) throw invalid(`RoleArn is required for target ${Arn}.`);
  assertValidInput(target, Id);
}

const passRole = (resource: string) => ({
  action: 'iam:PassRole',
  resource,
  context: { 'iam:PassedToService': EVENTS_PRINCIPAL },
});

const invalid = (message: string) => new AwsError('ValidationException', message);
