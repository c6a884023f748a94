/** What is compared once a day, where a pipeline wants it. */
import type { Pipeline } from '../pipeline/types';
import type { ReconcileInput } from '../tasks/reconcile';
import { DEFAULT_TIMEOUT_SECONDS } from './definition';
import type { Plan } from './plan';

export function reconcilePlan(pipeline: Pipeline, { sinks }: Plan): ReconcileInput | undefined {
  if (!pipeline.reconcile) return undefined;
  const tablesOf = (wanted: 'redshift' | 'postgres') =>
    sinks.flatMap((sink) => (sink.kind === wanted ? [`${sink.schema}.${sink.table}`] : []));
  return {
    pipeline: pipeline.name,
    timeoutSeconds: Math.ceil(pipeline.timeout?.seconds ?? DEFAULT_TIMEOUT_SECONDS),
    tables: { redshift: tablesOf('redshift'), postgres: tablesOf('postgres') },
  };
}
