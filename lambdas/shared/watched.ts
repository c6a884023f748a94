/** What runs leave in the ledger for the watch, which reads a few items of a pipeline and never its runs one by one. */
import type { ObjectVersion, Run } from '../../lib/tasks/common';
import type { Published } from '../../lib/tasks/publish';
import type { DurationsItem, InputItem, PublishedItem } from '../../lib/tasks/watch';
import { getItem, type ItemKey, type Ledger, putItem, updateItem } from './ledger';

const ofPipeline = (pipeline: string, sk: string): ItemKey => ({ pk: `pipeline#${pipeline}`, sk });

export const watchKeys = {
  watch: (pipeline: string): ItemKey => ofPipeline(pipeline, 'watch'),
  published: (pipeline: string, sink: string): ItemKey => ofPipeline(pipeline, `published#${sink}`),
  durations: (pipeline: string): ItemKey => ofPipeline(pipeline, 'durations'),
  input: (pipeline: string, source: string): ItemKey => ofPipeline(pipeline, `input#${source}`),
  /** `stepwell pause` writes it */
  pause: (pipeline: string): ItemKey => ofPipeline(pipeline, 'pause'),
};

/** Up to when a run's data are: when its latest file arrived, or when its interval ended. */
export const asOfRun = ({ arrival }: Pick<Run, 'arrival'>): string => arrival.slice(0, arrival.indexOf('#'));

/** What is in the tables now; a run of an older load, as of a backfill, makes them no fresher. */
export async function notePublished(
  ledger: Ledger,
  run: Run,
  published: readonly Published[],
  now: number,
): Promise<void> {
  const asOf = asOfRun(run);
  for (const { sink, rows } of published) {
    const item: PublishedItem = { sink, asOf, publishedAt: new Date(now).toISOString(), runId: run.runId, rows };
    await updateItem(
      ledger,
      watchKeys.published(run.pipeline, sink),
      { ...item },
      {
        expression: 'attribute_not_exists(pk) OR asOf <= :asOf',
        values: { ':asOf': asOf },
      },
    );
  }
}

const MOST_DURATIONS = 20;

/** Of two runs that end at once one may be forgotten: it is only to know what is usual. */
export async function noteDuration(ledger: Ledger, { pipeline, startedAt }: Run, now: number): Promise<void> {
  const at = watchKeys.durations(pipeline);
  const { durations = [] } = (await getItem<DurationsItem>(ledger, at)) ?? {};
  const took = Math.max(0, now - Date.parse(startedAt));
  await putItem<DurationsItem>(ledger, at, { durations: [...durations, took].slice(-MOST_DURATIONS) });
}

/** The newest file of each source that a run was started for. */
export async function noteInputs(
  ledger: Ledger,
  pipeline: string,
  bySource: Readonly<Record<string, readonly ObjectVersion[]>>,
): Promise<void> {
  for (const [source, objects] of Object.entries(bySource)) {
    const newest = objects.reduce<ObjectVersion | undefined>(
      (best, one) => (best === undefined || one.lastModified > best.lastModified ? one : best),
      undefined,
    );
    if (newest === undefined) continue;
    const item: InputItem = { source, key: newest.key, arrivedAt: newest.lastModified };
    await updateItem(
      ledger,
      watchKeys.input(pipeline, source),
      { ...item },
      {
        expression: 'attribute_not_exists(pk) OR arrivedAt < :arrivedAt',
        values: { ':arrivedAt': item.arrivedAt },
      },
    );
  }
}
