import { tagList } from '../tags';
import type { Secret } from './state';

/** What DescribeSecret and ListSecrets have in common. */
export const describeSecret = (secret: Secret) => ({
  ARN: secret.arn,
  Name: secret.name,
  CreatedDate: new Date(secret.createdAt),
  LastChangedDate: new Date(secret.changedAt),
  Tags: tagList(secret.tags),
  ...(secret.description === undefined ? {} : { Description: secret.description }),
  ...(secret.kmsKeyId === undefined ? {} : { KmsKeyId: secret.kmsKeyId }),
  ...(secret.deletedAt === undefined ? {} : { DeletedDate: new Date(secret.deletedAt) }),
});
