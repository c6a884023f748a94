/** What Spark jobs print, as lines of a run's log: what the model prints, what Spark warns of, and why it ended. */
import type { FilteredLogEvent } from '@aws-sdk/client-cloudwatch-logs';
import type { LogLine } from './log-lines';

/** The log group of a pipeline's jobs, beside those of its functions. */
export const SPARK_LOG = 'spark';

/** `26/11/22 02:20:16 WARN Utils: …` */
const LOG4J = /^\d\d\/\d\d\/\d\d \d\d:\d\d:\d\d (TRACE|DEBUG|INFO|WARN|ERROR|FATAL) (.*)$/s;
/** Every job says them, and nothing is to be done. */
const NOISE =
  /^Picked up (JAVA_TOOL_OPTIONS|_JAVA_OPTIONS)|NativeCodeLoader|spark\.local\.dir will be overridden|Set SPARK_LOCAL_IP|resolves to a loopback address|^Setting default log level|^To adjust logging level|^Using Spark's default log4j/;
const FRAME = /^\s+(at |\.{3} \d+ more)/;

/** None for what only says that Spark is at work. */
export function sparkLine(event: FilteredLogEvent): (LogLine & { eventId: string })[] {
  const { message = '', timestamp, eventId, logStreamName = '' } = event;
  const [, model = '', worker = '', stream = ''] =
    /^[^/]+\/([^/]+)\/.*?(SPARK_[A-Z]+)\/(?:.*\/)?(\w+)$/.exec(logStreamName) ?? [];
  const [, level, text] = LOG4J.exec(message) ?? [];
  if (NOISE.test(text ?? message) || FRAME.test(message) || (level !== undefined && LESS.has(level))) return [];
  const isError =
    level === 'FATAL' ||
    (level === undefined && /^(Traceback|(Caused by: |Terminating due to )?[\w.]+(Error|Exception)\b)/.test(message));
  return [
    {
      eventId: eventId!,
      time: new Date(timestamp!).toISOString(),
      function: SPARK_LOG,
      level: isError ? 'ERROR' : (level ?? 'INFO'),
      message: text ?? message,
      details: { model, worker: worker === 'SPARK_EXECUTOR' ? 'executor' : 'driver', stream },
    },
  ];
}

const LESS: ReadonlySet<string> = new Set(['TRACE', 'DEBUG', 'INFO']);
