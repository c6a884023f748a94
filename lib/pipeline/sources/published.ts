import { SOURCES } from '../signatures';
import type { Published } from '../types';
import { checked } from '../wrong-call';

/**
 * The rows of a model that the pipeline in `after` has published in the run that starts this one: no others, and read from where that
 * run has staged them. Its columns are the model's.
 *
 * @example
 * trigger: after('orders'),
 * sources: { lines: published('orders', 'order_lines') },
 */
export const published = checked(
  SOURCES.published,
  (pipeline: string, model: string): Published => ({
    kind: 'published',
    pipeline,
    model,
    columns: {},
    onDrift: 'ignore',
    onBadRow: { maxRate: 1 },
    memoryMb: 512,
  }),
);
