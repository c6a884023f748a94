/** What IAM is asked about functions and layers. */
import type { AccessRequest, CallContext } from '../../service';
import { functionArn, parseFunctionName } from './names';

export function onFunction(
  action: string,
  nameOrArn: string,
  { cloud }: CallContext,
  qualifier?: string,
): readonly AccessRequest[] {
  const { name, qualifier: own } = parseFunctionName(nameOrArn ?? '');
  const asked = qualifier ?? own;
  const resource = functionArn(cloud, { name, ...(asked === undefined ? {} : { qualifier: asked }) });
  return [{ action: `lambda:${action}`, resource }];
}

/** A function's role is passed to Lambda by whoever sets it. */
export const passing = (roleArn: string | undefined): readonly AccessRequest[] =>
  roleArn === undefined
    ? []
    : [{ action: 'iam:PassRole', resource: roleArn, context: { 'iam:PassedToService': 'lambda.amazonaws.com' } }];

export function onLayer(
  action: string,
  name: string,
  { cloud }: CallContext,
  version?: number,
): readonly AccessRequest[] {
  const arn = name.startsWith('arn:') ? name : `arn:aws:lambda:${cloud.region}:${cloud.account}:layer:${name}`;
  return [{ action: `lambda:${action}`, resource: version === undefined ? arn : `${arn}:${version}` }];
}
