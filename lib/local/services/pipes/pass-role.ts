import type { AccessRequest } from '../../service';
import { PIPES_PRINCIPAL } from './record';

export const passRole = (roleArn: string | undefined): readonly AccessRequest[] =>
  roleArn ? [{ action: 'iam:PassRole', resource: roleArn, context: { 'iam:PassedToService': PIPES_PRINCIPAL } }] : [];

/** `arn:aws:pipes:<region>:<account>:pipe/<name>` */
export const nameOf = (arn = ''): string => arn.slice(arn.lastIndexOf('/') + 1);
