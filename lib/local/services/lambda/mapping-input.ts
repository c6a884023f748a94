/** Between the API's shapes and a mapping's record; what AWS refuses is refused here. */
import type {
  CreateEventSourceMappingRequest,
  EventSourceMappingConfiguration,
  UpdateEventSourceMappingRequest,
} from '@aws-sdk/client-lambda';
import { compilePattern } from '../../events/pattern';
import { queueUrlOf } from '../../events/targets';
import { AwsError, type CloudContext, type Principal } from '../../service';
import type { MappingRecord } from './event-source-mappings';
import type { FunctionRecord, LambdaState } from './state';
import { isStream, streamOutput, streamSettings } from './streams/settings';

const MAX_BATCH = 10_000;
const MAX_FIFO_BATCH = 10;
const MAX_WINDOW_SECONDS = 300;
const MAX_FILTERS = 10;
const CONCURRENCY = { min: 2, max: 1_000 };

type Settings = Partial<CreateEventSourceMappingRequest & UpdateEventSourceMappingRequest>;

export function mappingFrom(
  input: Settings,
  base: Omit<MappingRecord, 'lastModified'>,
  cloud: CloudContext,
): MappingRecord {
  const maximumConcurrency =
    input.ScalingConfig === undefined ? base.maximumConcurrency : input.ScalingConfig.MaximumConcurrency;
  const { maximumConcurrency: _, ...others } = base;
  const record: MappingRecord = {
    ...others,
    enabled: input.Enabled ?? base.enabled,
    batchSize: input.BatchSize ?? base.batchSize,
    windowSeconds: input.MaximumBatchingWindowInSeconds ?? base.windowSeconds,
    filters:
      input.FilterCriteria === undefined
        ? base.filters
        : (input.FilterCriteria.Filters ?? []).map(({ Pattern = '' }) => Pattern),
    reportsItemFailures:
      input.FunctionResponseTypes === undefined
        ? base.reportsItemFailures
        : input.FunctionResponseTypes.includes('ReportBatchItemFailures'),
    ...(maximumConcurrency === undefined ? {} : { maximumConcurrency }),
    ...(isStream(base.eventSourceArn) ? { stream: streamSettings(input, base.stream, cloud.clock.now()) } : {}),
    lastModified: cloud.clock.now(),
  };
  refuseInvalid(record);
  return record;
}

function refuseInvalid(record: MappingRecord): void {
  if (record.stream === undefined) refuseInvalidQueue(record);
  const { batchSize, windowSeconds, filters } = record;
  if (!(windowSeconds >= 0 && windowSeconds <= MAX_WINDOW_SECONDS))
    throw invalid(`MaximumBatchingWindowInSeconds ${windowSeconds} is not 0 to ${MAX_WINDOW_SECONDS}.`);
  if (!(batchSize >= 1 && batchSize <= MAX_BATCH))
    throw invalid(`Invalid batch size: ${batchSize}. It is 1 to ${MAX_BATCH}.`);
  if (filters.length > MAX_FILTERS) throw invalid(`Up to ${MAX_FILTERS} filters are allowed, not ${filters.length}.`);
  for (const pattern of filters) {
    try {
      compilePattern(pattern, 4_096);
    } catch {
      throw invalid('Invalid filter pattern definition.');
    }
  }
}

function refuseInvalidQueue({ eventSourceArn, batchSize, windowSeconds, maximumConcurrency }: MappingRecord): void {
  if (!/^arn:aws[\w-]*:sqs:[\w-]+:\d{12}:[\w-]+(\.fifo)?$/.test(eventSourceArn))
    throw invalid(`The local cloud reads SQS queues and Kinesis streams for functions, not ${eventSourceArn}.`);
  const isFifo = eventSourceArn.endsWith('.fifo');
  const most = isFifo ? MAX_FIFO_BATCH : MAX_BATCH;
  if (!(batchSize >= 1 && batchSize <= most))
    throw invalid(`Invalid batch size: ${batchSize}. It is 1 to ${most} for this queue.`);
  if (isFifo && windowSeconds > 0) throw invalid('Batching window is not supported for FIFO queues.');
  if (batchSize > 10 && windowSeconds === 0)
    throw invalid('Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10');
  if (
    maximumConcurrency !== undefined &&
    !(maximumConcurrency >= CONCURRENCY.min && maximumConcurrency <= CONCURRENCY.max)
  )
    throw invalid(`MaximumConcurrency ${maximumConcurrency} is not ${CONCURRENCY.min} to ${CONCURRENCY.max}.`);
}

/** The role may read the queue, and what is read stays invisible for as long as the function may take. */
export async function refuseUnreadable(
  record: FunctionRecord,
  eventSourceArn: string,
  { cloud, iam }: Pick<LambdaState, 'cloud' | 'iam'>,
): Promise<void> {
  if (isStream(eventSourceArn)) return refuseUnreadableStream(record, eventSourceArn, { cloud, iam });
  const principal: Principal = { kind: 'role', roleArn: record.roleArn, sessionName: record.name };
  for (const operation of ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes']) {
    if (iam.registry.role(record.roleArn) === undefined) break;
    try {
      iam.authorize(principal, [{ action: `sqs:${operation}`, resource: eventSourceArn }]);
    } catch {
      throw invalid(`The provided execution role does not have permissions to call ${operation} on SQS`);
    }
  }
  const lambda: Principal = { kind: 'admin' };
  const { Attributes } = (await cloud
    .call(lambda, 'sqs', 'GetQueueAttributes', {
      QueueUrl: queueUrlOf(cloud, eventSourceArn),
      AttributeNames: ['VisibilityTimeout'],
    })
    .catch(() => {
      throw invalid(
        'Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.',
      );
    })) as { Attributes?: { VisibilityTimeout?: string } };
  const visibility = Number(Attributes?.VisibilityTimeout ?? 30);
  if (visibility < record.timeoutSeconds)
    throw invalid(
      `Queue visibility timeout: ${visibility} seconds is less than Function timeout: ${record.timeoutSeconds} seconds`,
    );
}

const STREAM_ACTIONS = ['GetRecords', 'GetShardIterator', 'DescribeStream', 'ListShards'];

async function refuseUnreadableStream(
  record: FunctionRecord,
  StreamARN: string,
  { cloud, iam }: Pick<LambdaState, 'cloud' | 'iam'>,
): Promise<void> {
  const principal: Principal = { kind: 'role', roleArn: record.roleArn, sessionName: record.name };
  try {
    if (iam.registry.role(record.roleArn) !== undefined)
      iam.authorize(
        principal,
        STREAM_ACTIONS.map((action) => ({ action: `kinesis:${action}`, resource: StreamARN })),
      );
  } catch {
    throw invalid(
      `Cannot access stream ${StreamARN}. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, ListShards, and ListStreams Actions on your stream in IAM.`,
    );
  }
  await cloud.call({ kind: 'admin' }, 'kinesis', 'DescribeStreamSummary', { StreamARN }).catch(() => {
    throw invalid(`Stream not found: ${StreamARN}`);
  });
}

export function mappingOutput(
  cloud: CloudContext,
  record: MappingRecord,
  state: string = record.enabled ? 'Enabled' : 'Disabled',
): EventSourceMappingConfiguration {
  return {
    UUID: record.uuid,
    EventSourceMappingArn: `arn:aws:lambda:${cloud.region}:${cloud.account}:event-source-mapping:${record.uuid}`,
    FunctionArn: record.functionArn,
    EventSourceArn: record.eventSourceArn,
    BatchSize: record.batchSize,
    MaximumBatchingWindowInSeconds: record.windowSeconds,
    ...(record.filters.length === 0
      ? {}
      : { FilterCriteria: { Filters: record.filters.map((Pattern) => ({ Pattern })) } }),
    FunctionResponseTypes: record.reportsItemFailures ? ['ReportBatchItemFailures'] : [],
    ...(record.maximumConcurrency === undefined
      ? {}
      : { ScalingConfig: { MaximumConcurrency: record.maximumConcurrency } }),
    ...(record.stream === undefined ? {} : streamOutput(record.stream)),
    LastModified: new Date(record.lastModified),
    State: state,
    StateTransitionReason: 'USER_INITIATED',
  };
}

/** Throws ResourceNotFoundException. */
export function mappingOf(state: LambdaState, uuid: string | undefined): MappingRecord {
  const record = state.mappings.table.get(uuid ?? '');
  if (record !== undefined) return record;
  throw new AwsError('ResourceNotFoundException', 'The resource you requested does not exist.', 404, { Type: 'User' });
}

export const onMapping = (action: string, uuid: string | undefined, { region, account }: CloudContext) => [
  { action: `lambda:${action}`, resource: `arn:aws:lambda:${region}:${account}:event-source-mapping:${uuid ?? '*'}` },
];

const invalid = (message: string) => new AwsError('InvalidParameterValueException', message, 400, { Type: 'User' });
