/** Collects what functions print and puts it into CloudWatch Logs as the function's role, in batches. */
import type { CloudContext, Principal } from '../service';
import type { FunctionSpec } from './function';

interface Stream {
  readonly spec: FunctionSpec;
  readonly name: string;
  events: { timestamp: number; message: string }[];
  isCreated: boolean;
  isDenied: boolean;
  sending: Promise<void>;
}

const FLUSH_AFTER_MS = 200;
/** Of metrics, which somebody may wait for: a stack that is deployed waits for those of its first look. */
const FLUSH_METRICS_AFTER_MS = 5;
const MAX_BATCH_EVENTS = 5_000;
const MAX_BATCH_BYTES = 900_000;

export class LogSink {
  private readonly streams = new Map<string, Stream>();
  private timer: NodeJS.Timeout | undefined;
  private isSoon = false;

  constructor(private readonly cloud: CloudContext) {}

  write(spec: FunctionSpec, streamName: string, message: string): void {
    const key = `${spec.logGroup} ${streamName}`;
    let stream = this.streams.get(key);
    if (stream === undefined) {
      stream = { spec, name: streamName, events: [], isCreated: false, isDenied: false, sending: Promise.resolve() };
      this.streams.set(key, stream);
    }
    stream.events.push({ timestamp: this.cloud.clock.now(), message });
    if (!this.isSoon && isEmbeddedMetric(message)) {
      this.isSoon = true;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => void this.flush(), FLUSH_METRICS_AFTER_MS);
    }
    this.timer ??= setTimeout(() => void this.flush(), FLUSH_AFTER_MS);
  }

  /** The stream's process is gone: nothing more will come. */
  close(spec: FunctionSpec, streamName: string): void {
    const key = `${spec.logGroup} ${streamName}`;
    const stream = this.streams.get(key);
    if (stream === undefined) return;
    void this.flush().then(() => this.streams.delete(key));
  }

  /** Resolves when all that was written so far has been put. Never rejects. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.isSoon = false;
    await Promise.all(
      [...this.streams.values()].map((stream) => {
        stream.sending = stream.sending.then(() => this.send(stream));
        return stream.sending;
      }),
    );
  }

  private async send(stream: Stream): Promise<void> {
    while (stream.events.length > 0) {
      const batch = takeBatch(stream);
      if (stream.isDenied) continue;
      try {
        await this.put(stream, batch);
      } catch (error) {
        // AWS drops the output silently; here the reason is told once.
        stream.isDenied = true;
        this.cloud.log(`${stream.spec.name}: its log is lost: ${(error as Error).message}`);
      }
    }
  }

  private async put({ spec, name, isCreated }: Stream, logEvents: Stream['events']): Promise<void> {
    const principal: Principal = { kind: 'role', roleArn: spec.roleArn, sessionName: spec.name };
    const group = { logGroupName: spec.logGroup };
    const stream = { ...group, logStreamName: name };
    const call = (operation: string, input: unknown) => this.cloud.call(principal, 'logs', operation, input);
    if (!isCreated) {
      try {
        await call('CreateLogStream', stream);
      } catch (error) {
        if (!isNamed(error, 'ResourceNotFoundException')) throw error;
        await call('CreateLogGroup', group).catch(unless('ResourceAlreadyExistsException'));
        await call('CreateLogStream', stream).catch(unless('ResourceAlreadyExistsException'));
      }
      const known = this.streams.get(`${spec.logGroup} ${name}`);
      if (known !== undefined) known.isCreated = true;
    }
    await call('PutLogEvents', { ...stream, logEvents });
  }
}

/** As far as its beginning tells, which is all that a line of a megabyte is worth here. */
const isEmbeddedMetric = (message: string): boolean => message.startsWith('{"_aws"');

function takeBatch(stream: Stream): Stream['events'] {
  let bytes = 0;
  let count = 0;
  for (const { message } of stream.events) {
    bytes += Buffer.byteLength(message) + 26;
    if (count > 0 && (bytes > MAX_BATCH_BYTES || count >= MAX_BATCH_EVENTS)) break;
    count += 1;
  }
  return stream.events.splice(0, count);
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}

function unless(name: string): (error: unknown) => void {
  return (error) => {
    if (!isNamed(error, name)) throw error;
  };
}
