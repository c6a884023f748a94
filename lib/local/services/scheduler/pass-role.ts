import type { AccessRequest } from '../../service';
import { SCHEDULER_PRINCIPAL } from './state';

export const passRole = (roleArn: string | undefined): readonly AccessRequest[] =>
  roleArn
    ? [{ action: 'iam:PassRole', resource: roleArn, context: { 'iam:PassedToService': SCHEDULER_PRINCIPAL } }]
    : [];
