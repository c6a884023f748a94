import type {
  UpdateSecretVersionStageCommandInput,
  UpdateSecretVersionStageCommandOutput,
} from '@aws-sdk/client-secrets-manager';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { accessTo, CURRENT, PREVIOUS, type Secret, type SecretsState } from './state';

type Output = Omit<UpdateSecretVersionStageCommandOutput, '$metadata'>;

export const UpdateSecretVersionStage: OperationOf<SecretsState, UpdateSecretVersionStageCommandInput, Output> = (
  state,
) => ({
  authorize: ({ SecretId }, context) => accessTo('UpdateSecretVersionStage', SecretId, state(), context),

  async handle(input, { cloud }) {
    requireMembers(input, 'SecretId', 'VersionStage');
    const { VersionStage: stage, MoveToVersionId: to, RemoveFromVersionId: from } = input;
    const secret = state().active(input.SecretId);
    for (const id of [to, from]) if (id !== undefined) assertVersion(secret, id);
    const holder = secret.versions.find(({ stages }) => stages.includes(stage))?.id;
    if (holder !== undefined && holder !== to && holder !== from)
      throw new AwsError(
        'InvalidParameterException',
        `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
      );
    if (stage === CURRENT && to === undefined)
      throw new AwsError(
        'InvalidParameterException',
        `You can't remove the staging label ${CURRENT} from a version without moving it to another one.`,
      );
    const movesCurrent = stage === CURRENT && holder !== to;
    const versions = secret.versions.map((version) => {
      const kept = version.stages.filter((one) => one !== stage && !(movesCurrent && one === PREVIOUS));
      const own = version.id === to ? [stage] : movesCurrent && version.id === holder ? [PREVIOUS] : [];
      return { ...version, stages: [...kept, ...own] };
    });
    await state().put({
      ...secret,
      changedAt: cloud.clock.now(),
      versions: versions.filter(({ stages }) => stages.length > 0),
    });
    return { ARN: secret.arn, Name: secret.name };
  },
});

function assertVersion({ versions }: Secret, wanted: string): void {
  if (versions.some(({ id }) => id === wanted)) return;
  throw new AwsError(
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified secret version: ${wanted}.`,
  );
}
