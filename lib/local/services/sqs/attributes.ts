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
const FIFO_ONLY = ['ContentBasedDeduplication', 'DeduplicationScope', 'FifoQueue', 'FifoThroughputLimit'];
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

const FIFO_DEFAULTS: Readonly<Record<string, string>> = {
  FifoQueue: 'true',
  ContentBasedDeduplication: 'false',
  DeduplicationScope: 'queue',
  FifoThroughputLimit: 'perQueue',
};

export const isFifo = (name: string): boolean => name.endsWith('.fifo');

/** All that a queue of this name has, also where nobody has set it. */
export const allAttributes = (name: string, attributes: Readonly<Record<string, string>>): Record<string, string> => ({
  ...DEFAULT_ATTRIBUTES,
  ...(isFifo(name) ? FIFO_DEFAULTS : {}),
  ...attributes,
});

/** What GetQueueAttributes can be asked for, besides `All`. */
export const ATTRIBUTE_NAMES: readonly string[] = [
  ...Object.keys(NUMBERS),
  ...FIFO_ONLY,
  ...OTHERS,
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesDelayed',
  'ApproximateNumberOfMessagesNotVisible',
  'CreatedTimestamp',
  'LastModifiedTimestamp',
  'QueueArn',
];

export function assertValidAttributes(queue: string, attributes: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(attributes)) {
    const bounds = Object.hasOwn(NUMBERS, name) ? NUMBERS[name] : undefined;
    const isKnown = OTHERS.includes(name) || (isFifo(queue) && FIFO_ONLY.includes(name));
    if (!bounds && !isKnown) throw new AwsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
    if (bounds && !(Number.isInteger(Number(value)) && Number(value) >= bounds[1] && Number(value) <= bounds[2])) {
      throw new AwsError('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);
    }
  }
  if (attributes.RedrivePolicy) assertValidRedrive(attributes.RedrivePolicy);
  if (attributes.Policy && !parse(attributes.Policy)?.Statement)
    throw new AwsError('InvalidAttributeValue', 'Invalid value for the parameter Policy.');
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
    fifo: attributes.FifoQueue === 'true',
    visibilityTimeoutSeconds: numberOf(attributes, 'VisibilityTimeout'),
    retentionSeconds: numberOf(attributes, 'MessageRetentionPeriod'),
    ...(maxReceiveCount > 0 ? { maxReceiveCount } : {}),
  };
}
