import type { CreateRegistryCommandInput, CreateRegistryCommandOutput } from '@aws-sdk/client-glue';
import { AwsError } from '../../../service';
import type { OperationOf } from '../../stateful';
import type { GlueState } from '../state';
import { onRegistry } from './describe';
import { assertName, registryArn } from './registry';

type Output = Omit<CreateRegistryCommandOutput, '$metadata'>;

export const CreateRegistry: OperationOf<GlueState, CreateRegistryCommandInput, Output> = (state) => ({
  authorize: ({ RegistryName }, { cloud }) => onRegistry('CreateRegistry', { RegistryName }, cloud),

  async handle({ RegistryName, Description, Tags = {} }, { cloud }) {
    const name = assertName(RegistryName, 'Registry');
    const { registries } = state().schemas;
    if (registries.has(name))
      throw new AwsError('AlreadyExistsException', `Registry already exists. RegistryName: ${name}`);
    const now = cloud.clock.now();
    const arn = registryArn(cloud, name);
    const description = Description === undefined ? {} : { description: Description };
    await registries.set(name, { name, arn, ...description, tags: Tags, createdAt: now, updatedAt: now });
    return { RegistryName: name, RegistryArn: arn, ...(Description === undefined ? {} : { Description }), Tags };
  },
});
