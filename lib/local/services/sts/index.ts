import type { Service } from '../../service';
import { AssumeRole } from './AssumeRole';
import { GetCallerIdentity } from './GetCallerIdentity';

/** AWS STS. */
export function createStsService(): Service {
  return { name: 'sts', operations: { AssumeRole, GetCallerIdentity } };
}
