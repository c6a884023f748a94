import type { Iam } from '../../iam';
import type { Service } from '../../service';
import { assumeRole } from './AssumeRole';
import { GetCallerIdentity } from './GetCallerIdentity';

/** AWS STS. Without the roles of a cloud, any role exists. */
export function createStsService({ iam }: { readonly iam?: Iam } = {}): Service {
  return { name: 'sts', operations: { AssumeRole: assumeRole(iam), GetCallerIdentity } };
}
