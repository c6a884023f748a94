/** Which tables, indexes and items an operation touches: what IAM decides about. */
import type { AccessRequest, CallContext, CloudContext } from '../../service';
import { type KeyNames, leadingKeysOf, leadingKeysOfBatch } from './leading-keys';

/** A request comes as it was sent: nothing in it need be of the kind that it should be. */
type Input = Readonly<Record<string, unknown>>;

export function accessTo(
  operation: string,
  input: Input,
  { cloud }: CallContext,
  keyNames: (table: string) => KeyNames | undefined = () => undefined,
): readonly AccessRequest[] {
  const action = `dynamodb:${operation}`;
  const { TableName, IndexName, ResourceArn, RequestItems } = input;
  if (operation === 'ListTables') return [{ action, resource: '*' }];
  if (typeof ResourceArn === 'string' && ResourceArn !== '') return [{ action, resource: ResourceArn }];
  const asked = (resource: string, keys: readonly string[]): AccessRequest => ({
    action,
    resource,
    ...(keys.length === 0 ? {} : { context: { 'dynamodb:LeadingKeys': keys } }),
  });
  if (typeof RequestItems === 'object' && RequestItems !== null)
    return Object.entries(RequestItems).map(([name, part]) => {
      const names = keyNames(nameOf(name));
      return asked(tableArn(cloud, name), names === undefined ? [] : leadingKeysOfBatch(part, names));
    });
  const name = typeof TableName === 'string' ? TableName : '';
  const table = tableArn(cloud, name);
  const names = keyNames(nameOf(name));
  // A query of an index needs the index alone, as on AWS.
  const resource = typeof IndexName === 'string' && IndexName !== '' ? `${table}/index/${IndexName}` : table;
  return [asked(resource, names === undefined ? [] : leadingKeysOf(input, names))];
}

const tableArn = ({ region, account }: CloudContext, name: string) =>
  name.startsWith('arn:') ? name : `arn:aws:dynamodb:${region}:${account}:table/${name}`;

const nameOf = (nameOrArn: string): string => nameOrArn.slice(nameOrArn.indexOf('/') + 1);
