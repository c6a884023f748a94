/** What the mapping of a stream says beside that of a queue: https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html */
import type {
  CreateEventSourceMappingRequest,
  EventSourceMappingConfiguration,
  UpdateEventSourceMappingRequest,
} from '@aws-sdk/client-lambda';
import { AwsError } from '../../../service';

export interface StreamSettings {
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP';
  /** milliseconds since 1970: of AT_TIMESTAMP what was asked for, of LATEST when the mapping was made */
  readonly startingAt?: number;
  /** batches of a shard at the same time; those of a partition key follow one another all the same */
  readonly parallelizationFactor: number;
  readonly bisects: boolean;
  /** -1: until it succeeds, or the stream has forgotten the records */
  readonly maxRetries: number;
  /** -1: any */
  readonly maxAgeSeconds: number;
  /** 0: none */
  readonly tumblingSeconds: number;
  /** ARN of what is told of batches that are given up */
  readonly onFailure?: string;
}

type Settings = Partial<CreateEventSourceMappingRequest & UpdateEventSourceMappingRequest>;

export const isStream = (arn: string): boolean => /^arn:aws[\w-]*:kinesis:[\w-]+:\d{12}:stream\/[\w.-]+$/.test(arn);

export const STREAM_BATCH = 100;
const MAX_RETRIES = 10_000;
const AGE_SECONDS = { min: 60, max: 604_800 };
const MAX_LANES = 10;
const MAX_TUMBLING_SECONDS = 900;
const POSITIONS = ['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP'] as const;

/** @param before of an update; absent: the mapping is new */
export function streamSettings(input: Settings, before: StreamSettings | undefined, now: number): StreamSettings {
  const position = before?.startingPosition ?? POSITIONS.find((one) => one === input.StartingPosition);
  if (position === undefined) throw invalid('StartingPosition is required for stream event sources.');
  const at = position === 'LATEST' ? now : input.StartingPositionTimestamp?.getTime();
  if (before === undefined && position === 'AT_TIMESTAMP' && at === undefined)
    throw invalid('StartingPositionTimestamp is required where StartingPosition is AT_TIMESTAMP.');
  const startingAt = before === undefined ? at : before.startingAt;
  const onFailure =
    input.DestinationConfig === undefined ? before?.onFailure : input.DestinationConfig.OnFailure?.Destination;
  const settings: StreamSettings = {
    startingPosition: position,
    ...(startingAt === undefined ? {} : { startingAt }),
    parallelizationFactor: input.ParallelizationFactor ?? before?.parallelizationFactor ?? 1,
    bisects: input.BisectBatchOnFunctionError ?? before?.bisects ?? false,
    maxRetries: input.MaximumRetryAttempts ?? before?.maxRetries ?? -1,
    maxAgeSeconds: input.MaximumRecordAgeInSeconds ?? before?.maxAgeSeconds ?? -1,
    tumblingSeconds: input.TumblingWindowInSeconds ?? before?.tumblingSeconds ?? 0,
    ...(onFailure === undefined ? {} : { onFailure }),
  };
  refuseInvalid(settings);
  return settings;
}

function refuseInvalid(settings: StreamSettings): void {
  const { parallelizationFactor, maxRetries, maxAgeSeconds, tumblingSeconds, onFailure } = settings;
  within('ParallelizationFactor', parallelizationFactor, 1, MAX_LANES);
  within('MaximumRetryAttempts', maxRetries, -1, MAX_RETRIES);
  if (maxAgeSeconds !== -1) within('MaximumRecordAgeInSeconds', maxAgeSeconds, AGE_SECONDS.min, AGE_SECONDS.max);
  within('TumblingWindowInSeconds', tumblingSeconds, 0, MAX_TUMBLING_SECONDS);
  if (tumblingSeconds > 0 && parallelizationFactor > 1)
    throw invalid('TumblingWindowInSeconds and a ParallelizationFactor above 1 do not go together.');
  if (onFailure !== undefined && !/^arn:aws[\w-]*:(sqs|sns|s3):/.test(onFailure))
    throw invalid(`The destination of failures is a queue, a topic or a bucket, not ${onFailure}.`);
}

export const streamOutput = (settings: StreamSettings): EventSourceMappingConfiguration => ({
  StartingPosition: settings.startingPosition,
  ...(settings.startingPosition === 'AT_TIMESTAMP'
    ? { StartingPositionTimestamp: new Date(settings.startingAt ?? 0) }
    : {}),
  ParallelizationFactor: settings.parallelizationFactor,
  BisectBatchOnFunctionError: settings.bisects,
  MaximumRetryAttempts: settings.maxRetries,
  MaximumRecordAgeInSeconds: settings.maxAgeSeconds,
  TumblingWindowInSeconds: settings.tumblingSeconds,
  DestinationConfig: { OnFailure: settings.onFailure === undefined ? {} : { Destination: settings.onFailure } },
  LastProcessingResult: 'No records processed',
});

function within(name: string, value: number, min: number, max: number): void {
  if (!(value >= min && value <= max)) throw invalid(`${name} ${value} is not ${min} to ${max}.`);
}

const invalid = (message: string) => new AwsError('InvalidParameterValueException', message, 400, { Type: 'User' });
