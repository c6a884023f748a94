/** The queues by name. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AwsError, type CloudContext } from '../../service';
import { openTable } from '../../store';
import { reportMetrics } from '../monitoring/report';
import { settingsOf } from './attributes';
import { openQueue, type Queue } from './queue';

export interface QueueRecord {
  readonly name: string;
  readonly arn: string;
  /** as SetQueueAttributes takes them */
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

export interface SqsState {
  readonly cloud: CloudContext;
  records(): readonly QueueRecord[];
  findRecord(name: string): QueueRecord | undefined;
  /** By the URL that callers name a queue by; its host does not matter. */
  record(queueUrl: string | undefined): QueueRecord;
  queue(queueUrl: string | undefined): Queue;
  put(record: QueueRecord): Promise<void>;
  remove(name: string): Promise<void>;
  close(): Promise<void>;
}

export const queueArn = (cloud: CloudContext, name: string) => `arn:aws:sqs:${cloud.region}:${cloud.account}:${name}`;
export const queueUrl = (cloud: CloudContext, name: string) => `${cloud.endpoint}/${cloud.account}/${name}`;
export const queueNameOf = (url: string | undefined): string => url?.split(/[/:]/).at(-1) ?? '';

const METRICS_PERIOD_MS = 60_000;

export async function openSqs(cloud: CloudContext, folder: string): Promise<SqsState> {
  const records = await openTable<QueueRecord>(join(folder, 'queues.ndjson'));
  const queues = new Map<string, Queue>();
  /** Written down every minute while there is something to count; on AWS, too, an idle queue falls silent. */
  const toReport = new Set<string>();

  const fileOf = (name: string) => join(folder, 'messages', `${name}.ndjson`);

  const report = (name: string) => {
    const queue = queues.get(name);
    if (!queue) return;
    const { visible, notVisible, delayed } = queue.counts();
    const oldest = queue.oldestSentAt();
    if (visible + notVisible + delayed === 0) toReport.delete(name);
    else toReport.add(name);
    reportMetrics(
      cloud,
      'AWS/SQS',
      { QueueName: name },
      {
        ApproximateNumberOfMessagesVisible: visible,
        ApproximateNumberOfMessagesNotVisible: notVisible,
        ApproximateNumberOfMessagesDelayed: delayed,
        ApproximateAgeOfOldestMessage: oldest === undefined ? 0 : Math.floor((cloud.clock.now() - oldest) / 1_000),
      },
    );
  };

  const open = async (name: string) => {
    const queue = await openQueue({
      file: fileOf(name),
      clock: cloud.clock,
      settings: () => settingsOf(records.get(name)?.attributes ?? {}),
      async moveToDeadLetters({ receiptHandle: _, ...message }) {
        const record = records.get(name);
        const target = queues.get(
          queueNameOf(JSON.parse(record?.attributes.RedrivePolicy ?? '{}').deadLetterTargetArn),
        );
        if (!record || !target)
          return cloud.log(`sqs: ${name} has no dead-letter queue any more; lost: ${message.body}`);
        await target.send([{ ...message, visibleAt: cloud.clock.now(), sourceArn: record.arn }]);
      },
      onChange: () => report(name),
    });
    queues.set(name, queue);
    return queue;
  };

  for (const name of records.keys()) {
    const { visible, notVisible, delayed } = (await open(name)).counts();
    if (visible + notVisible + delayed > 0) toReport.add(name);
  }

  const stopping = new AbortController();
  const reporting = (async () => {
    for (;;) {
      await cloud.clock.sleep(METRICS_PERIOD_MS, stopping.signal);
      for (const name of toReport) report(name);
    }
  })().catch(() => undefined); // ends when aborted

  const find = <T>(map: { get(name: string): T | undefined }, url: string | undefined): T => {
    const found = map.get(queueNameOf(url));
    if (!found) throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
    return found;
  };

  return {
    cloud,
    records: () => [...records.values()],
    findRecord: (name) => records.get(name),
    record: (url) => find(records, url),
    queue: (url) => find(queues, url),
    async put(record) {
      await records.set(record.name, record);
      if (!queues.has(record.name)) await open(record.name);
    },
    async remove(name) {
      await queues.get(name)?.close();
      queues.delete(name);
      toReport.delete(name);
      await records.delete(name);
      await rm(fileOf(name), { force: true });
    },
    async close() {
      stopping.abort(new Error('stopped'));
      await reporting;
      for (const queue of queues.values()) await queue.close();
      await records.close();
    },
  };
}
