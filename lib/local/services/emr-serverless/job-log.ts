/** What a job prints, line by line, into CloudWatch Logs as the job's role, and what of it tells why it failed. */

import { gzipSync } from 'node:zlib';
import type { MonitoringConfiguration } from '@aws-sdk/client-emr-serverless';
import type { CloudContext, Principal } from '../../service';
import type { JobRecord } from './record';

export interface JobLog {
  write(stream: 'stdout' | 'stderr', chunk: string): void;
  /** Resolves when all of it is there. Never rejects. */
  close(): Promise<void>;
  /** lines that name an exception, the last ones */
  exceptions(): readonly string[];
}

const FLUSH_AFTER_MS = 250;
const BATCH_EVENTS = 2_000;
const KEPT_EXCEPTIONS = 40;
/** Of what goes to S3 as well, at the end. */
const KEPT_CHARACTERS = 4_000_000;
const DEFAULT_GROUP = '/aws/emr-serverless';

export function openJobLog(
  cloud: CloudContext,
  principal: Principal,
  { id, applicationId, input }: Pick<JobRecord, 'id' | 'applicationId' | 'input'>,
): JobLog {
  const monitoring: MonitoringConfiguration = input.configurationOverrides?.monitoringConfiguration ?? {};
  const toLogs = monitoring.cloudWatchLoggingConfiguration;
  const toS3 = monitoring.s3MonitoringConfiguration?.logUri;
  const group = toLogs?.logGroupName ?? DEFAULT_GROUP;
  const streams = { stdout: newStream(), stderr: newStream() };
  const created = new Set<string>();
  const exceptions: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> = Promise.resolve();
  let isLost = false;

  const nameOf = (stream: string) => `applications/${applicationId}/jobs/${id}/SPARK_DRIVER/${stream}`;
  const call = (operation: string, given: object) =>
    cloud.call(principal, 'logs', operation, { logGroupName: group, ...given });
  const lost = (error: unknown) => {
    if (!isLost) cloud.log(`emr-serverless: the log of the job run ${id} is lost: ${(error as Error).message}`);
    isLost = true;
  };

  async function send(): Promise<void> {
    for (const [stream, { events }] of Object.entries(streams)) {
      const prefix = toLogs?.logStreamNamePrefix;
      const logStreamName = `${prefix === undefined ? '' : `${prefix}/`}${nameOf(stream)}`;
      while (events.length > 0) {
        const logEvents = events.splice(0, BATCH_EVENTS);
        if (!created.has(stream)) {
          await call('CreateLogStream', { logStreamName }).catch((error) => {
            if ((error as Error).name !== 'ResourceAlreadyExistsException') throw error;
          });
          created.add(stream);
        }
        await call('PutLogEvents', { logStreamName, logEvents });
      }
    }
  }

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    sending = sending.then(send).catch(lost);
    return sending;
  };

  const take = (stream: Stream, line: string) => {
    if (stream.kept.length < KEPT_CHARACTERS) stream.kept += `${line}\n`;
    if (/(Error|Exception)\b/.test(line)) {
      exceptions.push(line.trim());
      if (exceptions.length > KEPT_EXCEPTIONS) exceptions.shift();
    }
    if (toLogs?.enabled && line !== '') stream.events.push({ timestamp: cloud.clock.now(), message: line });
  };

  return {
    write(name, chunk) {
      const stream = streams[name];
      const lines = (stream.rest + chunk).split('\n');
      stream.rest = lines.pop()!;
      for (const line of lines) take(stream, line);
      timer ??= setTimeout(() => void flush(), FLUSH_AFTER_MS);
    },
    async close() {
      for (const stream of Object.values(streams)) if (stream.rest !== '') take(stream, stream.rest);
      await flush();
      if (toS3 !== undefined) await putLogs().catch(lost);
    },
    exceptions: () => exceptions,
  };

  async function putLogs(): Promise<void> {
    const [, Bucket, prefix = ''] = /^s3:\/\/([^/]+)\/?(.*?)\/?$/.exec(toS3!) ?? [];
    for (const [stream, { kept }] of Object.entries(streams)) {
      const Key = `${prefix === '' ? '' : `${prefix}/`}${nameOf(stream)}.gz`;
      await cloud.call(principal, 's3', 'PutObject', { Bucket, Key, Body: gzipSync(kept) });
    }
  }
}

interface Stream {
  rest: string;
  kept: string;
  readonly events: { timestamp: number; message: string }[];
}

const newStream = (): Stream => ({ rest: '', kept: '', events: [] });
