/** The queues by name. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AwsError, type CloudContext } from '../../service';
import { openTable } from '../../store';
import { reportMetrics } from '../monitoring/report';
import { applyOwnPolicy, type ResourcePolicies } from '../resource-policy';
import { isFifo, settingsOf } from './attributes';
import { type Deduplication, openDeduplication } from './deduplication';
import type { StoredMessage } from './message';
import { type MoveTasks, openMoveTasks } from './move-tasks';
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
  /** Resolves with what was sent, once it is on disk; what a FIFO queue has taken before is told as it was then. */
  send(record: QueueRecord, messages: readonly StoredMessage[]): Promise<readonly StoredMessage[]>;
  readonly moveTasks: MoveTasks;
  /** Once a minute, as SQS allows. */
  purge(queueUrl: string | undefined): Promise<void>;
  /** Takes up the move tasks that a restart interrupted. */
  ready(): void;
  put(record: QueueRecord): Promise<void>;
  remove(name: string): Promise<void>;
  close(): Promise<void>;
}

export const queueArn = (cloud: CloudContext, name: string) => `arn:aws:sqs:${cloud.region}:${cloud.account}:${name}`;
export const queueUrl = (cloud: CloudContext, name: string) => `${cloud.endpoint}/${cloud.account}/${name}`;
export const queueNameOf = (url: string | undefined): string => url?.split(/[/:]/).at(-1) ?? '';

const METRICS_PERIOD_MS = 60_000;
const PURGE_PERIOD_MS = 60_000;

export const redriveOf = ({ attributes }: Pick<QueueRecord, 'attributes'>): { deadLetterTargetArn?: string } =>
  JSON.parse(attributes.RedrivePolicy || '{}');

/** Refuses a redrive policy whose queue is not there, or of the other kind. */
export function assertDeadLetterQueue(
  state: Pick<SqsState, 'findRecord'>,
  name: string,
  attributes: Readonly<Record<string, string>>,
): void {
  const { deadLetterTargetArn } = redriveOf({ attributes });
  if (!deadLetterTargetArn) return;
  const target = queueNameOf(deadLetterTargetArn);
  const refuse = (reason: string) =>
    new AwsError(
      'InvalidParameterValue',
      `Value ${attributes.RedrivePolicy} for parameter RedrivePolicy is invalid. Reason: ${reason}`,
    );
  if (!state.findRecord(target)) throw refuse('Dead letter target does not exist.');
  if (isFifo(target) !== isFifo(name)) throw refuse('Dead-letter queue must be same type of queue as the source.');
}

export async function openSqs(cloud: CloudContext, folder: string, policies?: ResourcePolicies): Promise<SqsState> {
  const records = await openTable<QueueRecord>(join(folder, 'queues.ndjson'));
  const queues = new Map<string, Queue>();
  /** Written down every minute while there is something to count; on AWS, too, an idle queue falls silent. */
  const toReport = new Set<string>();

  const fileOf = (name: string) => join(folder, 'messages', `${name}.ndjson`);
  const deduplicationFileOf = (name: string) => join(folder, 'deduplication', `${name}.ndjson`);
  const deduplications = new Map<string, Deduplication>();
  const purgedAt = new Map<string, number>();

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
    if (isFifo(name)) deduplications.set(name, await openDeduplication(deduplicationFileOf(name), cloud.clock));
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

  const send = async (record: QueueRecord, messages: readonly StoredMessage[]) => {
    const queue = find(queues, record.name);
    const deduplication = deduplications.get(record.name);
    if (!deduplication) {
      await queue.send(messages);
      return messages;
    }
    const byGroup = record.attributes.DeduplicationScope === 'messageGroup';
    const numbered = messages.map((message) => deduplication.number(message, byGroup));
    // Both at once: after a crash between them the sender, who has no answer, sends again, and finds the message taken or not.
    await queue.send(numbered.filter(({ isNew }) => isNew).map(({ message }) => message));
    await deduplication.flushed();
    return numbered.map(({ message }) => message);
  };

  const applyPolicy = (record: QueueRecord) => applyOwnPolicy(policies, record.arn, record.attributes.Policy);
  for (const record of records.values()) if (record.attributes.Policy) applyPolicy(record);

  const moveTasks = await openMoveTasks(join(folder, 'move-tasks.ndjson'), cloud, {
    findRecord: (name) => records.get(name),
    queue: (name) => queues.get(name),
    send,
  });

  return {
    cloud,
    moveTasks,
    send,
    ready: () => moveTasks.resume(),
    async purge(url) {
      const queue = find(queues, url);
      const name = queueNameOf(url);
      const now = cloud.clock.now();
      if (now < (purgedAt.get(name) ?? Number.NEGATIVE_INFINITY) + PURGE_PERIOD_MS) {
        throw new AwsError(
          'PurgeQueueInProgress',
          `Only one PurgeQueue operation on ${name} is allowed every 60 seconds.`,
          403,
        );
      }
      purgedAt.set(name, now);
      await queue.purge();
    },
    records: () => [...records.values()],
    findRecord: (name) => records.get(name),
    record: (url) => find(records, url),
    queue: (url) => find(queues, url),
    async put(record) {
      await records.set(record.name, record);
      applyPolicy(record);
      if (!queues.has(record.name)) await open(record.name);
    },
    async remove(name) {
      await queues.get(name)?.close();
      queues.delete(name);
      await deduplications.get(name)?.close();
      deduplications.delete(name);
      purgedAt.delete(name);
      applyOwnPolicy(policies, queueArn(cloud, name), undefined);
      toReport.delete(name);
      await records.delete(name);
      await rm(fileOf(name), { force: true });
      await rm(deduplicationFileOf(name), { force: true });
    },
    async close() {
      stopping.abort(new Error('stopped'));
      await reporting;
      await moveTasks.close();
      for (const deduplication of deduplications.values()) await deduplication.close();
      for (const queue of queues.values()) await queue.close();
      await records.close();
    },
  };
}
