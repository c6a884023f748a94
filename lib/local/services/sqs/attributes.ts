import { AwsError } from '../../service';
import type { QueueSettings } from './queue';

/** Defaults and bounds as AWS documents them. */
const NUMBERS: Readonly<Record<string, readonly [fallback: number, min: number, max: number]>> = {
  DelaySeconds: [0, 0, 900],
  MaximumMessageSize: [1_048_576, 1_024, 1_048_576],
  MessageRetentionPeriod: [345_600, 60, 1_209_600],
  ReceiveMessageWaitTimeSeconds: [0, 0, 20],
  VisibilityTimeout: [30, 0, 43_200],
};
const OTHERS = [
  'KmsDataKeyReusePeriodSeconds',
  'KmsMasterKeyId',
  'Policy',
  'RedriveAllowPolicy',
  'RedrivePolicy',
  'SqsManagedSseEnabled',
];

export const DEFAULT_ATTRIBUTES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(NUMBERS).map(([name, [fallback]]) => [name, String(fallback)])),
  SqsManagedSseEnabled: 'true',
};

export function assertValidAttributes(attributes: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(attributes)) {
    const bounds = Object.hasOwn(NUMBERS, name) ? NUMBERS[name] : undefined;
    if (!bounds && !OTHERS.includes(name)) throw new AwsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
    if (bounds && !(Number.isInteger(Number(value)) && Number(value) >= bounds[1] && Number(value) <= bounds[2])) {
      throw new AwsError('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);
    }
  }
  if (attributes.RedrivePolicy) assertValidRedrive(attributes.RedrivePolicy);
}

function assertValidRedrive(text: string): void {
  const policy = parse(text);
  const count = Number(policy?.maxReceiveCount);
  if (
    !policy ||
    typeof policy.deadLetterTargetArn !== 'string' ||
    !Number.isInteger(count) ||
    count < 1 ||
    count > 1_000
  ) {
    throw new AwsError('InvalidParameterValue', `Value ${text} for parameter RedrivePolicy is invalid.`);
  }
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const numberOf = (attributes: Readonly<Record<string, string>>, name: string): number =>
  Number(attributes[name] ?? DEFAULT_ATTRIBUTES[name]);

export function settingsOf(attributes: Readonly<Record<string, string>>): QueueSettings {
  const maxReceiveCount = Number(JSON.parse(attributes.RedrivePolicy || '{}').maxReceiveCount);
  return {
    visibilityTimeoutSeconds: numberOf(attributes, 'VisibilityTimeout'),
    retentionSeconds: numberOf(attributes, 'MessageRetentionPeriod'),
    ...(maxReceiveCount > 0 ? { maxReceiveCount } : {}),
  };
}
