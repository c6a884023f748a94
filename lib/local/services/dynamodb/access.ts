/** Which tables and indexes an operation touches: what IAM decides about. */
import type { AccessRequest, CallContext, CloudContext } from '../../service';

interface Input {
  readonly TableName?: string;
  readonly IndexName?: string;
  readonly ResourceArn?: string;
  readonly RequestItems?: Readonly<Record<string, unknown>>;
}

export function accessTo(operation: string, input: Input, { cloud }: CallContext): readonly AccessRequest[] {
  return resourcesOf(operation, input, cloud).map((resource) => ({ action: `dynamodb:${operation}`, resource }));
}

function resourcesOf(
  operation: string,
  { TableName, IndexName, ResourceArn, RequestItems }: Input,
  cloud: CloudContext,
) {
  if (operation === 'ListTables') return ['*'];
  if (ResourceArn) return [ResourceArn];
  if (RequestItems) return Object.keys(RequestItems).map((name) => tableArn(cloud, name));
  const table = tableArn(cloud, TableName ?? '');
  // A query of an index needs the index alone, as on AWS.
  return [IndexName ? `${table}/index/${IndexName}` : table];
}

const tableArn = ({ region, account }: CloudContext, name: string) =>
  name.startsWith('arn:') ? name : `arn:aws:dynamodb:${region}:${account}:table/${name}`;
