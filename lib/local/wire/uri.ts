/** The `http` trait of REST operations: which operation a method and a path mean, and which labels the path carries. */
import { NormalizedSchema, translateTraits } from '@smithy/core/schema';
import type { StaticOperationSchema } from '@smithy/types';
import type { WireRequest } from './message';

interface HttpTrait {
  readonly method: string;
  readonly status: number;
  readonly pattern: RegExp;
  readonly labels: readonly string[];
  /** query parameters with a fixed value that belong to the URI */
  readonly fixed: readonly (readonly [name: string, value: string])[];
  /** how much of the path is literal: `/functions/{Name}/url` beats `/functions/{Name}/{Other}` */
  readonly literals: number;
  readonly required: readonly { readonly in: 'query' | 'header'; readonly name: string }[];
  readonly needsBucket: boolean;
}

const traits = new WeakMap<StaticOperationSchema, HttpTrait>();

export function httpTrait(operation: StaticOperationSchema): HttpTrait {
  let trait = traits.get(operation);
  if (!trait) {
    trait = readTrait(operation);
    traits.set(operation, trait);
  }
  return trait;
}

/** The labels, still percent-encoded, or undefined where the path is another operation's. */
export function matchPath(operation: StaticOperationSchema, path: string): Record<string, string> | undefined {
  const { pattern, labels } = httpTrait(operation);
  const match = pattern.exec(path);
  if (!match) return undefined;
  return Object.fromEntries(labels.map((label, index) => [label, match[index + 1] as string]));
}

/** The most specific operation that fits. `x-id` is a hint that only some SDKs send. */
export function routeRest(
  operations: readonly StaticOperationSchema[],
  request: Pick<WireRequest, 'method' | 'path' | 'query' | 'headers' | 'bucket'>,
  isImplemented: (name: string) => boolean,
): StaticOperationSchema | undefined {
  const query = new Map(request.query);
  let best: StaticOperationSchema | undefined;
  let bestScore = -1;
  for (const operation of operations) {
    const trait = httpTrait(operation);
    if (trait.method !== request.method || !trait.pattern.test(request.path)) continue;
    if (trait.needsBucket !== (request.bucket !== undefined)) continue;
    const xId = query.get('x-id');
    if (!trait.fixed.every(([name, value]) => query.get(name) === value || (name === 'x-id' && xId === undefined)))
      continue;
    const present = trait.required.every((bound) =>
      bound.in === 'query' ? query.has(bound.name) : request.headers[bound.name] !== undefined,
    );
    if (!present) continue;
    const fixed = trait.fixed.filter(([name]) => name !== 'x-id').length;
    const hinted = xId !== undefined && trait.fixed.some(([name]) => name === 'x-id') ? 1 : 0;
    const score =
      trait.literals * 1000 + (fixed + trait.required.length) * 10 + hinted * 2 + (isImplemented(operation[2]) ? 1 : 0);
    if (score > bestScore) {
      best = operation;
      bestScore = score;
    }
  }
  return best;
}

function readTrait(operation: StaticOperationSchema): HttpTrait {
  const { http } = translateTraits(operation[3]) as { http?: [method: string, uri: string, status: number] };
  if (!http)
    throw new Error(`${operation[1]}#${operation[2]} has no http trait: it is not an operation of a REST protocol`);
  const [method, uri, status] = http;
  const [path = '/', search = ''] = uri.split('?');
  const labels: string[] = [];
  let literals = 0;
  const source = path
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => {
      const label = /^\{([^}+]+)(\+?)\}$/.exec(segment);
      if (!label) {
        literals++;
        return `/${segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`;
      }
      labels.push(label[1] as string);
      return label[2] === '+' ? '/([\\s\\S]+)' : '/([^/]+)';
    })
    .join('');
  const isGreedy = path.includes('+}');
  return {
    method,
    status,
    pattern: new RegExp(`^${source}${isGreedy ? '' : '/?'}$`),
    labels,
    fixed: search
      .split('&')
      .filter((part) => part !== '')
      .map((part) => [part.split('=')[0] as string, part.split('=')[1] ?? '']),
    literals,
    ...readInputTrait(operation),
  };
}

function readInputTrait(operation: StaticOperationSchema): Pick<HttpTrait, 'required' | 'needsBucket'> {
  const schema = NormalizedSchema.of(operation[4]);
  if (schema.isUnitSchema()) return { required: [], needsBucket: false };
  const requiredCount = (schema.getSchema() as unknown as readonly unknown[])[6];
  const required: { in: 'query' | 'header'; name: string }[] = [];
  let needsBucket = false;
  let index = 0;
  for (const [name, member] of schema.structIterator()) {
    if (index++ >= (typeof requiredCount === 'number' ? requiredCount : 0)) break;
    const { httpQuery, httpHeader, httpLabel } = member.getMergedTraits();
    if (httpQuery) required.push({ in: 'query', name: httpQuery });
    if (httpHeader) required.push({ in: 'header', name: httpHeader.toLowerCase() });
    if (httpLabel && name === 'Bucket' && operation[1] === 'com.amazonaws.s3') needsBucket = true;
  }
  return { required, needsBucket };
}
