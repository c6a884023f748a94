import type { Service } from '../../service';
import { statefulService } from '../stateful';
import { CreateSecret } from './CreateSecret';
import { DeleteSecret } from './DeleteSecret';
import { DescribeSecret } from './DescribeSecret';
import { GetRandomPassword } from './GetRandomPassword';
import { GetSecretValue } from './GetSecretValue';
import { ListSecrets } from './ListSecrets';
import { PutSecretValue } from './PutSecretValue';
import { RestoreSecret } from './RestoreSecret';
import { openSecrets } from './state';
import { TagResource } from './TagResource';
import { UntagResource } from './UntagResource';
import { UpdateSecret } from './UpdateSecret';

/** AWS Secrets Manager, without rotation. */
export function createSecretsManagerService(): Service {
  return statefulService({
    name: 'secretsmanager',
    open: openSecrets,
    operations: {
      CreateSecret,
      DeleteSecret,
      DescribeSecret,
      GetRandomPassword,
      GetSecretValue,
      ListSecrets,
      PutSecretValue,
      RestoreSecret,
      TagResource,
      UntagResource,
      UpdateSecret,
    },
  });
}
