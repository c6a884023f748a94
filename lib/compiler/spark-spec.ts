/** The EMR Serverless application of a pipeline, where a model of it runs on Spark. */
import type { Pipeline } from '../pipeline/types';
import { stagedPaths } from './functions';
import type { Plan } from './plan';
import type { SparkSpec } from './types';

/** Its Spark is 3.5. */
const RELEASE = 'emr-7.9.0';
const IDLE_MINUTES = 5;

export function sparkSpec(pipeline: Pipeline, { levels }: Pick<Plan, 'levels'>, folder: string): SparkSpec | undefined {
  const models = levels.flat().flatMap((one) => (one.spark ? [one.spark] : []));
  if (models.length === 0) return undefined;
  const { release = RELEASE, keepWarm, idleTimeout } = pipeline.spark ?? {};
  const sum = (of: 'vcpu' | 'memoryGb') =>
    models.reduce((total, { job }) => total + job.driver[of] + job.maxExecutors * job.executor[of], 0);
  const largest = [...models].sort((a, b) => b.job.executor.memoryGb - a.job.executor.memoryGb)[0]!;
  return {
    release,
    idleMinutes: idleTimeout === undefined ? IDLE_MINUTES : Math.ceil(idleTimeout.seconds / 60),
    maximum: { vcpu: sum('vcpu'), memoryGb: sum('memoryGb') },
    ...(keepWarm === undefined
      ? {}
      : { warm: { executors: keepWarm.executors, driver: largest.job.driver, executor: largest.job.executor } }),
    ...(models.some(({ python }) => python !== undefined) ? { python: folder } : {}),
    reads: stagedPaths(pipeline),
  };
}
