/** The policy of a form: until when it may be sent, and what each of its fields must be. */
import { AwsError } from '../service';

type Condition = readonly [operator: 'eq' | 'starts-with', field: string, value: string];

/** These are of the form itself, or checked otherwise. */
const UNCONDITIONAL = /^(?:policy|awsaccesskeyid|signature|x-amz-signature|file|x-ignore-.*|bucket)$/;

/** Throws AccessDenied, EntityTooSmall, EntityTooLarge, InvalidPolicyDocument. */
export function assertPolicy(base64: string, fields: ReadonlyMap<string, string>, size: number, nowMs: number): void {
  const policy = parse(base64);
  const endsMs = Date.parse(String(policy.expiration));
  if (Number.isNaN(endsMs)) throw invalid('Policy expiration is missing or no time.');
  if (endsMs < nowMs) throw denied('Policy expired.');
  if (!Array.isArray(policy.conditions)) throw invalid('Policy must have a list of conditions.');
  const named = new Set<string>();
  for (const condition of policy.conditions as unknown[]) {
    if (Array.isArray(condition) && String(condition[0]).toLowerCase() === 'content-length-range') {
      assertSize(condition, size);
      continue;
    }
    for (const [operator, field, value] of conditionsOf(condition)) {
      named.add(field);
      const actual = fields.get(field) ?? '';
      const holds =
        operator === 'eq'
          ? actual === value
          : // Of a list of types each must begin so.
            (field === 'content-type' ? actual.split(',') : [actual]).every((text) => text.trim().startsWith(value));
      if (!holds) throw failed(`["${operator}", "$${field}", "${value}"]`);
    }
  }
  const extra = [...fields.keys()].find((field) => !named.has(field) && !UNCONDITIONAL.test(field));
  if (extra !== undefined) throw denied(`Extra input fields: ${extra}`);
}

function conditionsOf(condition: unknown): readonly Condition[] {
  if (Array.isArray(condition)) {
    const [operator, field, value] = condition.map(String);
    const name = operator?.toLowerCase();
    if ((name === 'eq' || name === 'starts-with') && field?.startsWith('$') && value !== undefined)
      return [[name, field.slice(1).toLowerCase(), value]];
  } else if (typeof condition === 'object' && condition !== null) {
    return Object.entries(condition).map(([field, value]) => ['eq', field.toLowerCase(), String(value)]);
  }
  throw invalid(`Invalid condition: ${JSON.stringify(condition)}`);
}

function assertSize([, least, most]: readonly unknown[], size: number): void {
  if (size < Number(least))
    throw new AwsError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', 400, {
      ProposedSize: size,
      MinSizeAllowed: Number(least),
    });
  if (size > Number(most))
    throw new AwsError('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', 400, {
      ProposedSize: size,
      MaxSizeAllowed: Number(most),
    });
}

function parse(base64: string): Readonly<Record<string, unknown>> {
  try {
    const policy: unknown = JSON.parse(Buffer.from(base64, 'base64').toString('utf8'));
    if (typeof policy === 'object' && policy !== null) return policy as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw invalid('Policy could not be parsed as a JSON string.');
}

const invalid = (what: string) => new AwsError('InvalidPolicyDocument', `Invalid Policy: ${what}`, 400);
const denied = (why: string) => new AwsError('AccessDenied', `Invalid according to Policy: ${why}`, 403);
const failed = (condition: string) => denied(`Policy Condition failed: ${condition}`);
