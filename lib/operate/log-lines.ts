/** What a run's functions have logged, from CloudWatch Logs: found by the run's id, in the order of time. */
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  type FilteredLogEvent,
  FilterLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { Connection } from './connection';
import { prefixOf } from './environment';
import type { StepName } from './history';
import { limitsOf, type RateLimiter } from './rate-limit';
import { SPARK_LOG, sparkLine } from './spark-lines';

export interface LogLine {
  /** ISO 8601 */
  readonly time: string;
  /** of the pipeline: `extract-files` */
  readonly function: string;
  readonly level: string;
  readonly message: string;
  readonly requestId?: string;
  /** what the line says beside its message */
  readonly details: Readonly<Record<string, unknown>>;
}

export interface LogQuery {
  readonly pipeline: string;
  readonly runId: string;
  /** log groups; all of the pipeline's unless told */
  readonly groups?: readonly string[];
  /** warnings and errors alone */
  readonly troubles?: boolean;
  readonly since: Date;
  readonly until?: Date | undefined;
  /** ids of invocations that left no line of their own, by what the run's history says of them */
  readonly requestIds?: ReadonlySet<string>;
}

/** Each call may be one of many: a group is a call, and a page. */
export const logsOf = (connection: Connection): LogReader => {
  const { client, environment } = connection;
  return new LogReader(new CloudWatchLogsClient(client), limitsOf(connection).logs, `/${prefixOf(environment)}`);
};

export class LogReader {
  constructor(
    private readonly client: CloudWatchLogsClient,
    private readonly limit: RateLimiter,
    private readonly prefix: string,
  ) {}

  private prefixOf(pipeline: string): string {
    return `${this.prefix}/${pipeline}/`;
  }

  /** `/stepwell/orders/admit`, … */
  async groupsOf(pipeline: string): Promise<string[]> {
    const names: string[] = [];
    let nextToken: string | undefined;
    do {
      const token = nextToken;
      const page = await this.limit(() =>
        this.client.send(
          new DescribeLogGroupsCommand({ logGroupNamePrefix: this.prefixOf(pipeline), nextToken: token }),
        ),
      );
      names.push(...(page.logGroups ?? []).map(({ logGroupName }) => logGroupName!));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return names;
  }

  async lines(query: LogQuery): Promise<(LogLine & { readonly eventId: string })[]> {
    const groups = query.groups ?? (await this.groupsOf(query.pipeline));
    const found = await Promise.all(groups.map((group) => this.linesOf(group, query)));
    return found.flat().sort((a, b) => a.time.localeCompare(b.time));
  }

  private async linesOf(group: string, query: LogQuery) {
    if (group.endsWith(`/${SPARK_LOG}`)) return this.linesOfJobs(group, query);
    const level = query.troubles ? ' && ($.level = "ERROR" || $.level = "CRITICAL" || $.level = "WARN")' : '';
    const own = await this.filter(group, `{ $.runId = "${query.runId}"${level} }`, query);
    const name = group.slice(this.prefixOf(query.pipeline).length);
    const lines = own.flatMap((event) => lineOf(name, event));
    const ids = new Set([...(query.requestIds ?? []), ...lines.map(({ requestId }) => requestId)]);
    // Lambda's own word of an invocation that ended before it could say anything: it names no run.
    const killed = (await this.filter(group, KILLED, query)).flatMap((event) => {
      const line = killedLine(name, event);
      return line?.requestId !== undefined && ids.has(line.requestId) ? [line] : [];
    });
    return [...lines, ...killed];
  }

  /** The streams of a run's jobs begin with its id: `<run>/<model>/applications/…/SPARK_DRIVER/stderr`. */
  private async linesOfJobs(group: string, query: LogQuery) {
    const events = await this.filter(group, '', query, `${query.runId}/`);
    return events.flatMap(sparkLine).filter(({ level }) => !query.troubles || level !== 'INFO');
  }

  private async filter(
    group: string,
    filterPattern: string,
    { since, until }: LogQuery,
    logStreamNamePrefix?: string,
  ): Promise<FilteredLogEvent[]> {
    const events: FilteredLogEvent[] = [];
    let nextToken: string | undefined;
    do {
      const token = nextToken;
      const page = await this.limit(() =>
        this.client.send(
          new FilterLogEventsCommand({
            logGroupName: group,
            ...(logStreamNamePrefix === undefined ? {} : { logStreamNamePrefix }),
            filterPattern,
            startTime: since.getTime(),
            ...(until ? { endTime: until.getTime() } : {}),
            nextToken: token,
          }),
        ),
      );
      events.push(...(page.events ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return events;
  }
}

const KILLED = '"REPORT RequestId:" "Status:"';
const KILLED_LINE =
  /^REPORT RequestId: (\S+)\s+Duration: ([\d.]+) ms.*Memory Size: (\d+) MB.*Max Memory Used: (\d+) MB.*Status: (\w+)(?:\s+Error Type: (\S+))?/s;

/** Of a report that says how the invocation was ended. */
export function killedLine(name: string, { message = '', timestamp, eventId }: FilteredLogEvent) {
  const [, requestId, ms, size, used, status, type] = KILLED_LINE.exec(message) ?? [];
  if (requestId === undefined) return undefined;
  const after = `after ${(Number(ms) / 1000).toFixed(1)} s, with ${used} of ${size} MB`;
  return {
    eventId: eventId!,
    time: new Date(timestamp!).toISOString(),
    function: name,
    level: 'ERROR',
    message: status === 'timeout' ? `Timed out ${after}` : `Ended by ${type ?? status} ${after}`,
    requestId,
    details: {},
  };
}

/** Of every line; they tell nothing that the line's place does not. */
const COMMON: ReadonlySet<string> = new Set([
  ...['level', 'message', 'timestamp', 'service', 'cold_start', 'sampling_rate', 'xray_trace_id', 'pipeline', 'runId'],
  ...['function_arn', 'function_memory_size', 'function_name', 'function_request_id'],
]);

/** None for a line of metrics, or of what an invocation has used. */
function lineOf(
  name: string,
  { message = '', timestamp, eventId }: FilteredLogEvent,
): (LogLine & { eventId: string })[] {
  const document = JSON.parse(message.slice(message.indexOf('{'))) as Record<string, unknown>;
  // Whatever a person's own code logs has a level.
  if ('_aws' in document || ('usage' in document && !('level' in document))) return [];
  const text = (member: string) => (typeof document[member] === 'string' ? document[member] : undefined);
  const requestId = text('function_request_id');
  return [
    {
      eventId: eventId!,
      time: text('timestamp') ?? new Date(timestamp!).toISOString(),
      function: name,
      level: text('level') ?? 'INFO',
      message: text('message') ?? '',
      ...(requestId === undefined ? {} : { requestId }),
      details: Object.fromEntries(Object.entries(document).filter(([member]) => !COMMON.has(member))),
    },
  ];
}

/** Invocations that Lambda has ended say nothing of their run; the run's history names them. */
export function failedInvocations(events: readonly HistoryEvent[]): Set<string> {
  const causes = events.map(({ taskFailedEventDetails: failed }) => failed?.cause ?? '');
  return new Set(causes.flatMap((cause) => [...cause.matchAll(/RequestId: ([0-9a-f-]{36})/g)].map(([, id]) => id!)));
}

/** The functions that a step runs, by their names. */
const STEP_OF: readonly (readonly [RegExp, StepName])[] = [
  [/^admit/, 'Admit'],
  [/^(extract|collect)/, 'Extract'],
  [/^(transform|spark)/, 'Transform'],
  [/^(load|redshift-statement-finished)/, 'Load'],
  [/^check/, 'Check'],
  [/^publish/, 'Publish'],
  [/^record/, 'Record'],
];

export const stepOf = (name: string): StepName | undefined => STEP_OF.find(([pattern]) => pattern.test(name))?.[1];

/** The log groups of a step or of a function; `Load` has those that publish as well, where one function does both. */
export function groupsOfStep(groups: readonly string[], step: string): string[] {
  const name = (group: string) => group.split('/').at(-1)!;
  const wanted = step.toLowerCase();
  return groups.filter((group) => {
    const of = name(group);
    if (of === wanted) return true;
    return stepOf(of)?.toLowerCase() === wanted || (wanted === 'load' && of === 'publish-lake');
  });
}
