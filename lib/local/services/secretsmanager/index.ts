import type { Service } from '../../service';
import type { ResourcePolicies } from '../resource-policy';
import { statefulService } from '../stateful';
import { BatchGetSecretValue } from './BatchGetSecretValue';
import { CreateSecret } from './CreateSecret';
import { DeleteResourcePolicy } from './DeleteResourcePolicy';
import { DeleteSecret } from './DeleteSecret';
import { DescribeSecret } from './DescribeSecret';
import { GetRandomPassword } from './GetRandomPassword';
import { GetResourcePolicy } from './GetResourcePolicy';
import { GetSecretValue } from './GetSecretValue';
import { ListSecrets } from './ListSecrets';
import { ListSecretVersionIds } from './ListSecretVersionIds';
import { PutResourcePolicy } from './PutResourcePolicy';
import { PutSecretValue } from './PutSecretValue';
import { RestoreSecret } from './RestoreSecret';
import { openSecrets } from './state';
import { TagResource } from './TagResource';
import { UntagResource } from './UntagResource';
import { UpdateSecret } from './UpdateSecret';
import { UpdateSecretVersionStage } from './UpdateSecretVersionStage';

/** AWS Secrets Manager, without rotation. */
export function createSecretsManagerService({ policies }: { readonly policies?: ResourcePolicies } = {}): Service {
  return statefulService({
    name: 'secretsmanager',
    open: (cloud, folder) => openSecrets(cloud, folder, policies),
    tagsOf: (state, arn) => state.find(arn)?.tags,
    operations: {
      BatchGetSecretValue,
      CreateSecret,
      DeleteResourcePolicy,
      DeleteSecret,
      DescribeSecret,
      GetRandomPassword,
      GetResourcePolicy,
      GetSecretValue,
      ListSecretVersionIds,
      ListSecrets,
      PutResourcePolicy,
      PutSecretValue,
      RestoreSecret,
      TagResource,
      UntagResource,
      UpdateSecret,
      UpdateSecretVersionStage,
    },
  });
}
