import type { GetRolePolicyCommandInput, GetRolePolicyCommandOutput } from '@aws-sdk/client-iam';
import type { IamRegistry } from '../../iam';
import type { Operation } from '../../service';
import { encoded, noSuchEntity, onRole, roleNamed } from './entities';

type Output = Omit<GetRolePolicyCommandOutput, '$metadata'>;

export const getRolePolicy = (registry: IamRegistry): Operation<GetRolePolicyCommandInput, Output> => ({
  authorize: (input, context) => onRole('GetRolePolicy', input.RoleName, context),

  async handle(input) {
    const role = roleNamed(registry, input.RoleName);
    const document = role.inline[input.PolicyName ?? ''];
    if (document === undefined) throw noSuchEntity(`The role policy with name ${input.PolicyName} cannot be found.`);
    return { RoleName: role.name, PolicyName: input.PolicyName, PolicyDocument: encoded(document) };
  },
});
