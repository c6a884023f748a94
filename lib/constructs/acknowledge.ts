import { Stack, Validations } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';

/**
 * Says why a rule of cdk-nag's AwsSolutions pack does not apply here; `{ rule: reason }`.
 *
 * @example acknowledge(bucket, { S1: 'The access logs themselves' })
 */
export function acknowledge(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  for (const [rule, reason] of Object.entries(reasons)) {
    Validations.of(construct).acknowledge({ id: `AwsSolutions-${rule}`, reason });
  }
}

/** The same for IAM5: a `*` in a policy's resource needs a reason of its own, each. */
export function acknowledgeWildcard(role: IConstruct, resource: string, reason: string): void {
  acknowledge(role, { [`IAM5[Resource::${flatten(Stack.of(role).resolve(resource))}]`]: reason });
}

/** The one line that cdk-nag makes of a value with references: `<Bucket.Arn>/runs/*`. */
function flatten(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[name, argument] = ['', undefined]] = Object.entries(value as Record<string, unknown>);
  if (name === 'Ref') return `<${String(argument)}>`;
  if (name === 'Fn::GetAtt') return `<${(argument as string[]).join('.')}>`;
  if (name === 'Fn::ImportValue') return flatten(argument);
  if (name === 'Fn::Join') {
    const [delimiter, parts] = argument as [string, unknown[]];
    return parts.map(flatten).join(delimiter);
  }
  return JSON.stringify(value);
}
