/** The history of executions in CloudWatch Logs, where a state machine's loggingConfiguration asks for it. */
import { randomBytes } from 'node:crypto';
import { AwsError, type CloudContext, type Principal } from '../../service';
import type { ExecutionRecord, MachineRecord } from '../../stepfunctions/catalogue';
import { type EventRecord, historyEvent } from '../../stepfunctions/history';
import { nameOf } from './arns';
import type { Logging } from './settings';

const DELIVERY: Principal = { kind: 'service', service: 'delivery.logs.amazonaws.com' };

/** PutLogEvents takes so much at a time. */
const BATCH_EVENTS = 10_000;
const BATCH_BYTES = 1_000_000;
const EVENT_OVERHEAD_BYTES = 26;

/** https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-log-level */
const LEVELS: Readonly<Record<Logging['level'], RegExp>> = {
  ALL: /./,
  ERROR: /(Failed|Aborted|TimedOut)$|^FailStateEntered$/,
  FATAL: /^Execution(Failed|Aborted|TimedOut)$/,
  OFF: /^$/,
};

interface Line {
  readonly timestamp: number;
  readonly message: string;
}

export interface ExecutionLogs {
  /** Undefined where nothing of the execution is logged. */
  sink(record: ExecutionRecord, machine: MachineRecord | undefined): ((event: EventRecord) => void) | undefined;
  /** Everything logged so far is in its log group. */
  close(): Promise<void>;
}

export function createExecutionLogs(cloud: CloudContext): ExecutionLogs {
  const streams = new Map<string, Stream>();
  return {
    sink(record, machine) {
      const logging = machine?.settings.loggingConfiguration as Logging | undefined;
      const group = logging?.destinations?.[0]?.cloudWatchLogsLogGroup?.logGroupArn?.split(':')[6];
      if (!logging || logging.level === 'OFF' || group === undefined) return undefined;
      const key = `${group} ${machine!.name}`;
      const stream = streams.get(key) ?? createStream(cloud, group, machine!.name);
      streams.set(key, stream);
      let redrives = record.redriveCount;
      return (event) => {
        if (event.type === 'ExecutionRedriven') redrives++;
        if (!LEVELS[logging.level].test(event.type)) return;
        stream.write({ timestamp: event.at, message: lineOf(record, event, redrives, logging.includeExecutionData) });
      };
    },
    async close() {
      await Promise.all([...streams.values()].map((stream) => stream.written()));
    },
  };
}

function lineOf({ executionArn }: ExecutionRecord, event: EventRecord, redrives: number, withData: boolean): string {
  const { timestamp: _, type, id, previousEventId, ...details } = historyEvent(event, withData);
  return JSON.stringify({
    id: String(id),
    type,
    details: Object.values(details)[0] ?? {},
    redrive_count: String(redrives),
    previous_event_id: String(previousEventId),
    event_timestamp: String(event.at),
    execution_arn: executionArn,
  });
}

interface Stream {
  write(line: Line): void;
  written(): Promise<void>;
}

/** Lines are put together while earlier ones are on their way. */
function createStream(cloud: CloudContext, logGroupName: string, machineName: string): Stream {
  const started = new Date(cloud.clock.now()).toISOString().slice(0, 16).replace(/[T:]/g, '-');
  const logStreamName = `states/${machineName}/${started}/${randomBytes(4).toString('hex')}`;
  let queue: Line[] = [];
  let writing: Promise<void> | undefined;
  let created: Promise<unknown> | undefined;

  const put = async () => {
    while (queue.length > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      const lines = queue;
      queue = [];
      created ??= cloud.call(DELIVERY, 'logs', 'CreateLogStream', { logGroupName, logStreamName });
      await created;
      for (const logEvents of batches(lines)) {
        await cloud.call(DELIVERY, 'logs', 'PutLogEvents', { logGroupName, logStreamName, logEvents });
      }
    }
  };
  const start = () =>
    put()
      .catch((error) => {
        created = undefined;
        cloud.log(`states: executions of ${machineName} are not logged: ${(error as Error).message}`);
      })
      .finally(() => {
        writing = undefined;
      });

  return {
    write(line) {
      queue.push(line);
      writing ??= start();
    },
    written: () => writing ?? Promise.resolve(),
  };
}

function batches(lines: readonly Line[]): Line[][] {
  const found: Line[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const line of [...lines].sort((a, b) => a.timestamp - b.timestamp)) {
    const size = Buffer.byteLength(line.message) + EVENT_OVERHEAD_BYTES;
    if (bytes + size > BATCH_BYTES || found.at(-1)!.length === BATCH_EVENTS) {
      found.push([]);
      bytes = 0;
    }
    found.at(-1)!.push(line);
    bytes += size;
  }
  return found;
}

/** The role of a state machine that logs must be able to set that up. */
export async function checkLogging(
  cloud: CloudContext,
  roleArn: string,
  settings: MachineRecord['settings'],
): Promise<void> {
  const { level, destinations } = settings.loggingConfiguration as Logging;
  if (level === 'OFF' || !destinations) return;
  const arn = destinations[0]!.cloudWatchLogsLogGroup!.logGroupArn!;
  const role: Principal = { kind: 'role', roleArn, sessionName: 'StepFunctionsLogging' };
  try {
    const logGroupNamePrefix = nameOf(arn.replace(/:\*$/, ''));
    await cloud.call(role, 'logs', 'DescribeLogGroups', { logGroupNamePrefix });
  } catch (error) {
    if (!(error instanceof AwsError) || !error.code.startsWith('AccessDenied')) throw error;
    throw new AwsError(
      'AccessDeniedException',
      'The state machine IAM Role is not authorized to access the Log Destination',
    );
  }
}
