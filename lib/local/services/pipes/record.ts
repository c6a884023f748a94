import type { CreatePipeRequest, PipeState, RequestedPipeState } from '@aws-sdk/client-pipes';
import { compilePattern } from '../../events/pattern';
import { AwsError, type CloudContext } from '../../service';
import { isSupportedSource } from './sources';
import { isSupportedTarget } from './targets';

export const PIPES_PRINCIPAL = 'pipes.amazonaws.com';

/** What CreatePipe takes, but for the name, the state and the tags. */
export type PipeInput = Omit<CreatePipeRequest, 'Name' | 'DesiredState' | 'Tags'>;

export interface PipeRecord {
  readonly name: string;
  readonly arn: string;
  readonly input: PipeInput;
  readonly desiredState: RequestedPipeState;
  readonly currentState: PipeState;
  /** why it does not run as it should */
  readonly stateReason?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

export const pipeArn = ({ region, account }: CloudContext, name = '') =>
  `arn:aws:pipes:${region}:${account}:pipe/${name}`;

const MAX_FILTERS = 5;
const MAX_BATCH = 10_000;
const MAX_FIFO_BATCH = 10;
/** Above this many, SQS alone does not fill a batch in one go: the pipe has to wait. */
const MAX_BATCH_WITHOUT_WINDOW = 10;
const MAX_WINDOW_SECONDS = 300;

/** @throws ValidationException, as CreatePipe and UpdatePipe do */
export function assertValidPipe(name: string, input: PipeInput): void {
  if (!/^[.\-_A-Za-z0-9]{1,64}$/.test(name)) {
    throw invalid(
      `Value '${name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+`,
    );
  }
  const { Source = '', Target = '', Enrichment = '', RoleArn = '', SourceParameters } = input;
  if (!/^arn:aws:iam::\d{12}:role\/.+$/.test(RoleArn)) throw invalid(`Invalid role ARN ${RoleArn}.`);
  if (!isSupportedSource(Source)) throw invalid(`Unsupported source here: ${Source}.`);
  if (!isSupportedTarget(Target)) throw invalid(`Unsupported target here: ${Target}.`);
  if (Enrichment !== '' && !/^arn:aws:(lambda|states):/.test(Enrichment))
    throw invalid(`Unsupported enrichment here: ${Enrichment}.`);

  const filters = SourceParameters?.FilterCriteria?.Filters ?? [];
  if (filters.length > MAX_FILTERS) throw invalid(`A pipe has at most ${MAX_FILTERS} filters.`);
  for (const { Pattern = '' } of filters) {
    try {
      compilePattern(Pattern, 4_096);
    } catch (error) {
      throw invalid((error as Error).message);
    }
  }
  const { BatchSize = 10, MaximumBatchingWindowInSeconds: window = 0 } = SourceParameters?.SqsQueueParameters ?? {};
  const most = Source.endsWith('.fifo') ? MAX_FIFO_BATCH : MAX_BATCH;
  if (BatchSize < 1 || BatchSize > most) throw invalid(`BatchSize must be between 1 and ${most}.`);
  if (window < 0 || window > MAX_WINDOW_SECONDS)
    throw invalid(`MaximumBatchingWindowInSeconds must be between 0 and ${MAX_WINDOW_SECONDS}.`);
  if (Source.endsWith('.fifo') && window > 0) throw invalid('A FIFO queue takes no MaximumBatchingWindowInSeconds.');
  if (BatchSize > MAX_BATCH_WITHOUT_WINDOW && window < 1)
    throw invalid('MaximumBatchingWindowInSeconds must be greater than 0 if BatchSize is greater than 10.');
}

export const invalid = (message: string) => new AwsError('ValidationException', message);

/** The members that all answers about a pipe share. */
export const pipeAnswer = ({ arn, name, desiredState, currentState, createdAt, modifiedAt }: PipeRecord) => ({
  Arn: arn,
  Name: name,
  DesiredState: desiredState,
  CurrentState: currentState,
  CreationTime: new Date(createdAt),
  LastModifiedTime: new Date(modifiedAt),
});
