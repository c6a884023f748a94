/** Filter policies of subscriptions: event patterns, with SNS's own limits and its own idea of what is absent. */
import { compilePattern, type EventMatcher } from '../../events/pattern';
import { AwsError } from '../../service';
import type { Published } from './message';
import type { Subscription } from './state';

const MAX_POLICY_BYTES = 262_144;
const MAX_KEYS = 5;
const MAX_COMBINATIONS = 150;
const SCOPES = ['MessageAttributes', 'MessageBody'];

type Attributes = Readonly<Record<string, string>>;

const isBody = ({ FilterPolicyScope }: Attributes): boolean => FilterPolicyScope === 'MessageBody';

/** @throws InvalidParameterException, as Subscribe and SetSubscriptionAttributes do */
export function assertValidFilter(attributes: Attributes): void {
  const { FilterPolicy = '', FilterPolicyScope } = attributes;
  if (FilterPolicyScope !== undefined && !SCOPES.includes(FilterPolicyScope))
    throw invalid(
      `FilterPolicyScope: Invalid value [${FilterPolicyScope}]. Please use either MessageBody or MessageAttributes`,
    );
  if (FilterPolicy === '' || FilterPolicy === '{}') return;
  if (Buffer.byteLength(FilterPolicy) > MAX_POLICY_BYTES) throw invalid('FilterPolicy: Filter policy is too large');
  compiled(FilterPolicy);
  const { keys, combinations, isNested } = measured(JSON.parse(FilterPolicy));
  if (isNested && !isBody(attributes))
    throw invalid('Filter policy scope MessageAttributes does not support nested filter policy');
  if (keys > MAX_KEYS) throw invalid(`FilterPolicy: Filter policy can not have more than ${MAX_KEYS} keys`);
  if (combinations > MAX_COMBINATIONS) throw invalid('FilterPolicy: Filter policy is too complex');
}

function compiled(policy: string): EventMatcher {
  try {
    return compilePattern(policy, MAX_POLICY_BYTES);
  } catch (error) {
    throw invalid(`FilterPolicy: ${(error as Error).message}`);
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

interface Measures {
  readonly keys: number;
  /** the product of the numbers of values */
  readonly combinations: number;
  readonly isNested: boolean;
}

/** In nested policies a list counts as often as it is deep. Of `$or`, alternatives add up. */
function measured(policy: Readonly<Record<string, unknown>>, depth = 1): Measures {
  let measures: Measures = { keys: 0, combinations: 1, isNested: false };
  for (const [name, value] of Object.entries(policy)) {
    const alternatives = name === '$or' && Array.isArray(value) && value.every(isObject) ? value : undefined;
    const of: Measures = alternatives
      ? alternatives
          .map((one) => measured(one, depth))
          .reduce((sum, one) => ({
            keys: sum.keys + one.keys,
            combinations: sum.combinations + one.combinations,
            isNested: sum.isNested || one.isNested,
          }))
      : isObject(value)
        ? { ...measured(value, depth + 1), isNested: true }
        : { keys: 1, combinations: depth * (value as unknown[]).length, isNested: false };
    measures = {
      keys: measures.keys + of.keys,
      combinations: measures.combinations * of.combinations,
      isNested: measures.isNested || of.isNested,
    };
  }
  return measures;
}

/** Whether the subscription's filter policy lets the message through. */
export function passesFilter(published: Published, { attributes }: Pick<Subscription, 'attributes'>): boolean {
  if (!attributes.FilterPolicy || attributes.FilterPolicy === '{}') return true;
  const matches = compiled(attributes.FilterPolicy);
  const values = isBody(attributes) ? bodyOf(published) : attributeValues(published);
  // `exists: false` as well wants a message that has something: one without attributes passes no policy.
  return isObject(values) && Object.keys(values).length > 0 && matches(values);
}

/** A body that is no JSON matches no policy. */
function bodyOf({ message }: Published): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}

/** Of types that a policy is compared with. */
const attributeValues = ({ attributes }: Published): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, { DataType, StringValue }]) => {
      if (StringValue === undefined) return [];
      if (/^Number\b/.test(DataType)) return [[name, Number(StringValue)]];
      return [[name, /^String\.Array\b/.test(DataType) ? listOf(StringValue) : StringValue]];
    }),
  );

function listOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const invalid = (what: string) => new AwsError('InvalidParameterException', `Invalid parameter: ${what}`);
