/** SNS and SQS take their settings as a map of texts. */
import { list, type Properties } from './resource';

export function attributeMap(properties: Properties, names: readonly string[]): Record<string, string> {
  const entries = names.flatMap((name) => {
    const value = properties[name];
    if (value === undefined) return [];
    return [[name, typeof value === 'object' ? JSON.stringify(value) : String(value)] as const];
  });
  return Object.fromEntries(entries);
}

export function tagList(value: unknown): { Key: string; Value: string }[] {
  return list<Properties>(value).map(({ Key, Value }) => ({ Key: String(Key), Value: String(Value) }));
}
