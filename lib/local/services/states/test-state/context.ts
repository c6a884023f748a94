/** The context object that a tested state sees. https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html */
import { itemProcessor } from '../../../../asl/walk';
import type { Context } from '../../../stepfunctions/environment';
import { parseJson } from '../../../stepfunctions/numbers';
import { awaited, type Tested } from './tested';

type Members = Readonly<Record<string, unknown>>;

/** What the test says of it, or else what makes a state in a Map, or one that waits for its token, work by itself. */
export function contextOf({ given, around }: Tested, input: string, said: Members | undefined): Context {
  if (said) return said;
  const isDistributed = around && itemProcessor(around)?.ProcessorConfig?.Mode === 'DISTRIBUTED';
  const Source = isDistributed && !around.ItemReader ? { Source: 'STATE_DATA' } : {};
  return {
    ...(around && { Map: { Item: { Index: 0, Value: parseJson(input), ...Source } } }),
    ...(awaited(given) === 'waitForTaskToken' && { Task: { Token: 'TaskToken' } }),
  };
}

/** Objects in it are added to, member by member. */
export const seenWith = (context: Context, own: Context): Context =>
  Object.fromEntries(
    [...new Set([...Object.keys(own), ...Object.keys(context)])].map((key) => [key, merged(own[key], context[key])]),
  );

const merged = (own: unknown, said: unknown): unknown => {
  if (said === undefined) return own;
  return isObject(own) && isObject(said) ? seenWith(said, own) : said;
};

const isObject = (value: unknown): value is Members =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
