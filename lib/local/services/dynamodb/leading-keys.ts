/** The partition keys that a request touches: `dynamodb:LeadingKeys`, by which roles are kept to their own items. */

/** The name of the partition key of a table and of each of its indexes. */
export interface KeyNames {
  readonly table: string;
  readonly indexes: Readonly<Record<string, string>>;
}

interface KeySchema {
  readonly KeySchema?: readonly { readonly AttributeName: string; readonly KeyType: string }[];
}

export interface TableDescription extends KeySchema {
  readonly TableName: string;
  readonly TableArn?: string;
  readonly TableStatus?: string;
  readonly GlobalSecondaryIndexes?: readonly (KeySchema & {
    readonly IndexName: string;
    readonly IndexStatus?: string;
  })[];
  readonly LocalSecondaryIndexes?: readonly (KeySchema & { readonly IndexName: string })[];
}

export function keyNamesOf(table: TableDescription): KeyNames {
  const hashOf = ({ KeySchema = [] }: KeySchema) =>
    KeySchema.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName ?? '';
  const indexes = [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])];
  return { table: hashOf(table), indexes: Object.fromEntries(indexes.map((one) => [one.IndexName, hashOf(one)])) };
}

type Members = Readonly<Record<string, unknown>>;

/** Of a request to one table; empty where it names no item, as a Scan does not. */
export function leadingKeysOf(input: Members, names: KeyNames): readonly string[] {
  const items = [input.Key, input.Item].flatMap((item) => valueAt(item, names.table));
  const index = typeof input.IndexName === 'string' ? names.indexes[input.IndexName] : names.table;
  return [...new Set([...items, ...(index === undefined ? [] : queried(input, index))])];
}

/** Of one table's part of BatchGetItem or BatchWriteItem. */
export function leadingKeysOfBatch(part: unknown, names: KeyNames): readonly string[] {
  const requests = Array.isArray(part) ? part : asList(membersOf(part).Keys).map((Key) => ({ GetRequest: { Key } }));
  const items = requests.flatMap((request) =>
    Object.values(membersOf(request)).flatMap((one) => [membersOf(one).Key, membersOf(one).Item]),
  );
  return [...new Set(items.flatMap((item) => valueAt(item, names.table)))];
}

const EQUALITY = /([#\w.-]+)\s*=\s*(:\w+)/g;

function queried(input: Members, name: string): readonly string[] {
  const legacy = asList(membersOf(membersOf(input.KeyConditions)[name]).AttributeValueList).flatMap(textOf);
  if (typeof input.KeyConditionExpression !== 'string') return legacy;
  const aliases = membersOf(input.ExpressionAttributeNames);
  const values = membersOf(input.ExpressionAttributeValues);
  return [...input.KeyConditionExpression.matchAll(EQUALITY)].flatMap(([, attribute = '', value = '']) =>
    (aliases[attribute] ?? attribute) === name ? textOf(values[value]) : [],
  );
}

const valueAt = (item: unknown, name: string): readonly string[] => textOf(membersOf(item)[name]);

/** Of an attribute value: `{S}`, `{N}` or `{B}`. */
function textOf(value: unknown): readonly string[] {
  const { S, N, B } = membersOf(value);
  const found = S ?? N ?? B;
  if (typeof found === 'string') return [found];
  return found instanceof Uint8Array ? [Buffer.from(found).toString('base64')] : [];
}

const membersOf = (value: unknown): Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {};
const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
