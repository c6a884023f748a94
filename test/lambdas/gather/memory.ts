/**
 * What the function asks of DynamoDB, S3 and Step Functions, in memory: so that thousands of calls can be tried in any order, and any of
 * them can be the last. The conditions are DynamoDB's, as far as the function uses them.
 */
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { GatherServices } from '../../../lambdas/gather/services';

type Item = Record<string, unknown>;
// biome-ignore lint/suspicious/noExplicitAny: commands of three clients
type Input = any;

export interface Memory {
  readonly started: { readonly machine: string; readonly name: string; readonly input: Input }[];
  readonly documents: Map<string, string>;
  readonly clients: Pick<GatherServices, 'ledger' | 's3' | 'stepFunctions'>;
}

/** `pass` lets others go first. */
export function memory(pass: () => Promise<void>): Memory {
  const items = new Map<string, Item>();
  const documents = new Map<string, string>();
  const started: Memory['started'] = [];
  const at = ({ pk, sk }: Item) => `${pk}\u0000${sk}`;

  const operations: Readonly<Record<string, (input: Input) => unknown>> = {
    GetItemCommand: ({ Key }) => {
      const item = items.get(at(unmarshall(Key)));
      return { Item: item && marshall(item) };
    },
    PutItemCommand: ({ Item: marshalled, ...condition }) => {
      const item = unmarshall(marshalled);
      requireThat(items.get(at(item)), condition);
      items.set(at(item), item);
      return {};
    },
    UpdateItemCommand: ({ Key, UpdateExpression, ...condition }) => {
      const before = items.get(at(unmarshall(Key)));
      requireThat(before, condition);
      const item: Item = { ...(before ?? unmarshall(Key)) };
      const { name, value } = readers(condition);
      const parts = split(UpdateExpression);
      for (const one of parts.SET) {
        const [target, expression] = one.split(' = ') as [string, string];
        const kept = /^if_not_exists\((\S+), (\S+)\)$/.exec(expression);
        item[name(target)] = kept ? (item[name(kept[1]!)] ?? value(kept[2]!)) : value(expression);
      }
      for (const one of parts.REMOVE) delete item[name(one)];
      for (const one of parts.ADD) {
        const [target, more] = one.split(' ') as [string, string];
        item[name(target)] = Number(item[name(target)] ?? 0) + Number(value(more));
      }
      items.set(at(item), item);
      return { Attributes: marshall(item) };
    },
    QueryCommand: ({ ExpressionAttributeValues }) => {
      const { ':pk': pk, ':sk': sk } = unmarshall(ExpressionAttributeValues);
      const found = [...items.values()].filter((item) => item.pk === pk && String(item.sk).startsWith(sk));
      return { Items: found.map((item) => marshall(item)) };
    },
    PutObjectCommand: ({ Key, Body }) => {
      documents.set(Key, Buffer.from(Body).toString());
      return { ETag: '"e"' };
    },
    GetObjectCommand: ({ Key }) => {
      const body = Buffer.from(documents.get(Key)!);
      return { ContentLength: body.length, Body: { transformToByteArray: async () => body } };
    },
    ListObjectVersionsCommand: () => ({ IsTruncated: false, Versions: [] }),
    StartExecutionCommand: ({ stateMachineArn: machine, name, input }) => {
      if (started.some((one) => one.machine === machine && one.name === name))
        throw Object.assign(new Error('It is there'), { name: 'ExecutionAlreadyExists' });
      started.push({ machine, name, input: JSON.parse(input) });
      return {};
    },
  };
  const client = {
    send: async (command: { constructor: { name: string }; input: Input }) => {
      await pass();
      const answer = operations[command.constructor.name]!(command.input);
      await pass();
      return answer;
    },
  } as never;
  return { started, documents, clients: { ledger: { client, table: 'ledger' }, s3: client, stepFunctions: client } };
}

const KEYWORDS = /(?:^| )(SET|REMOVE|ADD) /;

function split(expression: string): Record<'SET' | 'REMOVE' | 'ADD', string[]> {
  const found = { SET: [] as string[], REMOVE: [] as string[], ADD: [] as string[] };
  const [, ...parts] = expression.split(KEYWORDS);
  for (let index = 0; index < parts.length; index += 2)
    found[parts[index] as 'SET'] = parts[index + 1]!.split(/, (?![^(]*\))/);
  return found;
}

function readers({ ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values }: Input) {
  const given = values ? unmarshall(values) : {};
  return {
    name: (text: string): string => names[text] ?? text,
    value: (text: string): unknown => given[text],
  };
}

function requireThat(item: Item | undefined, condition: Input): void {
  if (condition.ConditionExpression === undefined) return;
  const { name, value } = readers(condition);
  const read = (path: string): unknown =>
    path.split('.').reduce<unknown>((of, one) => (of as Item | undefined)?.[name(one)], item);
  const holds = String(condition.ConditionExpression)
    .split(' AND ')
    .every((part) => {
      const absent = /^attribute_not_exists\((.+)\)$/.exec(part);
      if (absent) return read(absent[1]!) === undefined;
      const [left, sign, right] = part.split(' ') as [string, string, string];
      if (item === undefined) return false;
      return sign === '<' ? String(read(left)) < String(value(right)) : read(left) === value(right);
    });
  if (!holds) throw Object.assign(new Error('Not so'), { name: 'ConditionalCheckFailedException' });
}
