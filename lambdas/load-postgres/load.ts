import type { Manifest } from '../../lib/tasks/common';
import type { Loaded, LoadPostgresInput } from '../../lib/tasks/load';
import { pipelineSchema } from '../shared/names';
import { callFunction, type Postgres } from '../shared/postgres';
import { loadPlan } from './load-plan';

export interface LoadPostgres {
  readonly postgres: Postgres;
  readonly workBucket: string;
  readonly region: string;
  readonly readManifests: (refs: LoadPostgresInput['manifests']) => Promise<Manifest[]>;
}

/** Imports the CSV parts into the staging table. Calling it again, while it runs or after, leaves the same. */
export async function loadPostgres({ run, sink, manifests }: LoadPostgresInput, use: LoadPostgres): Promise<Loaded> {
  const plan = loadPlan({
    run,
    sink,
    manifests: await use.readManifests(manifests),
    workBucket: use.workBucket,
    region: use.region,
  });
  const schema = pipelineSchema(run.pipeline);
  const { rows } = await callFunction<{ rows: number }>(use.postgres, schema, 'load', plan);
  return { sink: sink.id, rows, staging: `${schema}.${plan.staging}` };
}
