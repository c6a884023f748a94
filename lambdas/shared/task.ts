/**
 * What every handler is wrapped in: validation of the input, log keys, metrics, a trace segment, and errors by the names that
 * the state machine's Retry knows. The work itself is a plain function, tested without any of this.
 *
 * ```ts
 * export const handler = task(checkInput, (input, { log }) => check(input, …));
 * ```
 */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { AccessDenied, InvalidTaskInput } from '../../lib/tasks/errors';
import type { UsageLine } from '../../lib/tasks/usage';
import { embeddedLine } from './embedded-metrics';
import { traced } from './trace';
import { startUsage, usedSoFar } from './usage';

/** Stepwell's metrics and their units; each has the dimension `pipeline`, and no other. */
const METRIC_UNITS = {
  RowsExtracted: 'Count',
  RowsRejected: 'Count',
  RowsPublished: 'Count',
  QuarantineRate: 'Percent',
  RunDuration: 'Milliseconds',
  RunsSucceeded: 'Count',
  RunsFailed: 'Count',
  LedgerDifferences: 'Count',
  LineageUndelivered: 'Count',
  LateInputs: 'Count',
  AlertsUndelivered: 'Count',
  RecordsConsumed: 'Count',
  RecordsBad: 'Count',
  RecordsLate: 'Count',
  RecordsDuplicate: 'Count',
  BatchesStaged: 'Count',
  ConsumeLatency: 'Milliseconds',
} as const;
export type MetricName = keyof typeof METRIC_UNITS;

/** Those that are counted of all pipelines together as well: one alarm for them all, whichever there are. */
const OF_ALL: readonly MetricName[] = ['RunsFailed'];

function writeOfAll(name: MetricName, value: number): void {
  const namespace = process.env.POWERTOOLS_METRICS_NAMESPACE;
  if (!namespace) return;
  const metrics = [{ name, unit: METRIC_UNITS[name], value }];
  process.stdout.write(`${embeddedLine({ namespace, timestamp: Date.now(), dimensions: {}, metrics })}\n`);
}

export interface TaskContext {
  /** Lambda's request id: a new one for each attempt */
  readonly requestId: string;
  readonly log: Logger;
  /** Recorded now, sent (as one EMF log line) when the handler ends, also when it fails. */
  metric(name: MetricName, value: number): void;
  /** For who is told of a job, and learns by asking whose it is: what it logs and uses is that run's. */
  ofRun(runId: string): void;
  remainingMs(): number;
}

export type TaskHandler<O> = (event: unknown, context: Context) => Promise<O>;

export function task<S extends z.ZodMiniType, O>(
  schema: S,
  work: (input: z.infer<S>, context: TaskContext) => Promise<O>,
): TaskHandler<O> {
  const log = new Logger();
  const metrics = new Metrics();
  // Alarms and dashboards look metrics up by `pipeline` alone; the default dimension `service` would hide them.
  metrics.clearDefaultDimensions();
  let runOf: string | undefined;

  const handler = middy<unknown, O>({ timeoutEarlyInMillis: 0 })
    .before(({ event, context }) => {
      startUsage();
      runOf = undefined;
      log.addContext(context);
      log.appendKeys(logKeys(event));
    })
    .handler(async (event: unknown, context: Context) => {
      const input = parse(schema, event);
      const taskContext: TaskContext = {
        requestId: context.awsRequestId,
        log,
        metric(name, value) {
          if (!metrics.hasStoredMetrics()) metrics.addDimension('pipeline', pipelineOf(event));
          metrics.addMetric(name, METRIC_UNITS[name], value);
          if (OF_ALL.includes(name)) writeOfAll(name, value);
        },
        ofRun(runId) {
          runOf = runId;
          log.appendKeys({ runId });
        },
        remainingMs: () => context.getRemainingTimeInMillis(),
      };
      return traced(logKeys(event), () => work(input, taskContext));
    })
    .after((request) => flush(request))
    .onError(({ error, ...request }) => {
      const named = withRetryName(error);
      // Before the keys are reset: an error must be findable by its run.
      log.error(named.message, named);
      flush(request);
      if (named !== error) throw named;
    });

  function flush({ event, context }: { readonly event: unknown; readonly context: Context }): void {
    const learned = runOf === undefined ? {} : { runId: runOf };
    writeUsage({ usage: usedSoFar(), requestId: context.awsRequestId, ...logKeys(event), ...learned });
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    log.resetKeys();
  }

  return (event, context) => handler(event, context);
}

/** Whatever level is logged; as a line that is JSON and nothing else. */
const writeUsage = (line: UsageLine): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

function parse<S extends z.ZodMiniType>(schema: S, event: unknown): z.infer<S> {
  const result = z.safeParse(schema, event);
  if (result.success) return result.data;
  const problems = result.error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.map(String).join('.') || '(the input)'}: ${problemOf(issue)}`);
  throw new InvalidTaskInput(
    `The task's input does not fit its schema: ${problems.join('; ')}. The state machine and this function were not deployed together: deploy the pipeline's stack again, then start a new run.`,
  );
}

/** zod/mini comes without messages (a locale costs as much as the validation itself). */
function problemOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `unknown member ${issue.keys.join(', ')}`;
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`;
  return issue.code === 'invalid_type' ? `must be of type ${issue.expected}` : issue.message;
}

interface LooseInput {
  run?: { pipeline?: unknown; runId?: unknown };
  pipeline?: unknown;
  execution?: { name?: unknown };
  /** of an event: the status of an execution */
  detail?: { name?: unknown; executionArn?: unknown };
}

/** Found in whatever was sent, valid or not: an invalid input must be findable by its run as well. */
function logKeys(event: unknown): { pipeline: string; runId?: string } {
  const input = (event !== null && typeof event === 'object' ? event : {}) as LooseInput;
  const ofEvent = input.detail?.executionArn === undefined ? undefined : input.detail.name;
  const runId = input.run?.runId ?? input.execution?.name ?? ofEvent;
  return { pipeline: pipelineOf(event), ...(typeof runId === 'string' ? { runId } : {}) };
}

function pipelineOf(event: unknown): string {
  const input = (event !== null && typeof event === 'object' ? event : {}) as LooseInput;
  const pipeline = input.run?.pipeline ?? input.pipeline ?? process.env.PIPELINE;
  return typeof pipeline === 'string' && pipeline !== '' ? pipeline : 'unknown';
}

const ACCESS_DENIED = /^(AccessDenied|AccessDeniedException|AccessDeniedFault|AuthorizationErrorException|Forbidden)$/;

/** AWS names a missing grant differently in each service; Retry needs one name. */
function withRetryName(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if (error instanceof AccessDenied || !ACCESS_DENIED.test(error.name)) return error;
  return new AccessDenied(
    `${error.message || error.name}. The function's role lacks this grant: add it to the stack and deploy, then redrive the run.`,
    { cause: error },
  );
}
