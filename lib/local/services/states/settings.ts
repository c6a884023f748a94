/** What a state machine carries beside its definition, checked as AWS checks it, and its tags. */
import { invalidEncryption, invalidLogging, invalidRequest, tooManyTags } from './errors';

interface Settings {
  readonly loggingConfiguration?: unknown;
  readonly tracingConfiguration?: unknown;
  readonly encryptionConfiguration?: unknown;
}

export interface Logging {
  readonly level: 'ALL' | 'ERROR' | 'FATAL' | 'OFF';
  readonly includeExecutionData: boolean;
  readonly destinations?: readonly { readonly cloudWatchLogsLogGroup?: { readonly logGroupArn?: string } }[];
}

export interface Encryption {
  readonly type: 'AWS_OWNED_KEY' | 'CUSTOMER_MANAGED_KMS_KEY';
  readonly kmsKeyId?: string;
  readonly kmsDataKeyReusePeriodSeconds?: number;
}

const KEY_REUSE_SECONDS = 300;

/** Throws for what cannot be. */
export function settingsOf(input: Settings): Readonly<Record<string, unknown>> {
  const { enabled = false } = (input.tracingConfiguration ?? {}) as { enabled?: boolean };
  return {
    loggingConfiguration: loggingOf(input.loggingConfiguration),
    tracingConfiguration: { enabled },
    encryptionConfiguration: encryptionOf(input.encryptionConfiguration),
  };
}

function loggingOf(given: unknown): Logging {
  const { level = 'OFF', includeExecutionData = false, destinations: all = [] } = (given ?? {}) as Partial<Logging>;
  const destinations = all.length === 0 ? undefined : all;
  if ((level !== 'OFF' || destinations !== undefined) && destinations?.length !== 1) {
    throw invalidLogging('Must specify exactly one Log Destination.');
  }
  const arn = destinations?.[0]?.cloudWatchLogsLogGroup?.logGroupArn;
  if (destinations && !/^arn:aws[a-z-]*:logs:[^:]+:\d+:log-group:[^:]+(:\*)?$/.test(arn ?? '')) {
    throw invalidLogging('Log Destination ARN is invalid.');
  }
  if (destinations && !arn!.endsWith(':*')) throw invalidLogging("Log Group ARN must be provided with '*' qualifier.");
  return { level, includeExecutionData, ...(destinations === undefined ? {} : { destinations }) };
}

export function encryptionOf(given: unknown): Encryption {
  const { type = 'AWS_OWNED_KEY', kmsKeyId, kmsDataKeyReusePeriodSeconds } = (given ?? {}) as Partial<Encryption>;
  if (type === 'AWS_OWNED_KEY') {
    if (kmsKeyId !== undefined || kmsDataKeyReusePeriodSeconds !== undefined) {
      throw invalidEncryption('kmsKeyId and kmsDataKeyReusePeriodSeconds cannot be set when type is AWS_OWNED_KEY');
    }
    return { type };
  }
  if (kmsKeyId === undefined) {
    throw invalidEncryption('kmsKeyId must be set when type is CUSTOMER_MANAGED_KMS_KEY');
  }
  return { type, kmsKeyId, kmsDataKeyReusePeriodSeconds: kmsDataKeyReusePeriodSeconds ?? KEY_REUSE_SECONDS };
}

interface Tag {
  readonly key?: string | undefined;
  readonly value?: string | undefined;
}

const TAG_LIMIT = 50;

/** Unlike most APIs, this one writes `key` and `value` in lower case. Throws TooManyTags. */
export function tagRecord(
  resource: string,
  tags: readonly Tag[] | undefined,
  present: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const all = { ...present, ...Object.fromEntries((tags ?? []).map(({ key = '', value = '' }) => [key, value])) };
  if (tags?.some(({ key = '' }) => key.toLowerCase().startsWith('aws:'))) {
    throw invalidRequest('aws: prefixed tag key names are not allowed for external use.');
  }
  if (Object.keys(all).length > TAG_LIMIT) throw tooManyTags(resource, TAG_LIMIT);
  return all;
}

export const tagItems = (tags: Readonly<Record<string, string>>): { key: string; value: string }[] =>
  Object.entries(tags).map(([key, value]) => ({ key, value }));
