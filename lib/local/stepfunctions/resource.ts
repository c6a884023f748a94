/** What a Task's `Resource` names. */
export interface Resource {
  readonly arn: string;
  /** `lambda` for a function's own ARN, `activity`, or `integration` for `arn:aws:states:::…`. */
  readonly kind: 'lambda' | 'activity' | 'integration';
  /** How the task ends: when the call answers, when the token comes back, or when the job that it started has ended. */
  readonly pattern: 'request' | 'waitForTaskToken' | 'sync' | 'sync:2';
  /** `lambda`, `dynamodb`, `aws-sdk:sfn`: as history events say it. */
  readonly resourceType: string;
  /** `invoke`, `invoke.waitForTaskToken`: as history events say it. */
  readonly resource: string;
  /** `invoke`, without the pattern. */
  readonly action: string;
}

/** Undefined when it is no ARN that a Task can have. */
export function parseResource(arn: string): Resource | undefined {
  const integration =
    /^arn:aws[a-z-]*:states:::(aws-sdk:[^:]+|[^:]+):([A-Za-z][A-Za-z0-9]*)(?:\.(waitForTaskToken|sync:2|sync))?$/.exec(
      arn,
    );
  if (integration) {
    const [, resourceType = '', action = '', suffix] = integration;
    const pattern = (suffix ?? 'request') as Resource['pattern'];
    const resource = suffix === undefined ? action : `${action}.${suffix}`;
    return { arn, kind: 'integration', pattern, resourceType, resource, action };
  }
  if (/^arn:aws[a-z-]*:lambda:[^:]*:[^:]*:function:.+$/.test(arn)) {
    return { arn, kind: 'lambda', pattern: 'request', resourceType: 'lambda', resource: arn, action: 'invoke' };
  }
  if (/^arn:aws[a-z-]*:states:[^:]+:[^:]+:activity:.+$/.test(arn)) {
    return { arn, kind: 'activity', pattern: 'waitForTaskToken', resourceType: 'activity', resource: arn, action: '' };
  }
  return undefined;
}
