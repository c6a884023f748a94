/** What a Spark job is to read and to make, written down: its arguments would not hold the names of thousands of parts. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { ColumnType, OutputColumn } from '../../lib/tasks/common';
import type { JobPlan, PlanJobInput, PlanJobOutput, SparkColumn } from '../../lib/tasks/transform-spark';
import { datasetOf, readManifests, writeDocument } from '../shared/manifest';

export interface JobEnvironment {
  readonly s3: S3Client;
  readonly workBucket: string;
  readonly attempt: string;
}

export async function planJob(
  { run, model, manifests }: PlanJobInput,
  { s3, workBucket, attempt }: JobEnvironment,
): Promise<PlanJobOutput> {
  const documents = await readManifests(s3, workBucket, manifests);
  const address = (key: string) => `s3://${workBucket}/${key}`;
  const { name } = model;
  const plan = jobPlan(model, run.interval, (input) => {
    const { parts } = datasetOf(documents, input.name, input.columns);
    return parts.filter(({ format }) => format === 'parquet').map(({ key }) => address(key));
  });
  const folder = `runs/${run.pipeline}/${run.runId}`;
  const key = `${folder}/plans/${name}-${attempt}.json`;
  await writeDocument(s3, workBucket, key, plan);
  return { plan: address(key), output: address(`${folder}/spark/${name}/${attempt}`) };
}

type Model = PlanJobInput['model'];

/** `filesOf`: addresses of an input's Parquet, as Spark reads them. */
export function jobPlan(
  { name, sql, python, columns, inputs }: Model,
  interval: PlanJobInput['run']['interval'],
  filesOf: (input: Model['inputs'][number]) => readonly string[],
): JobPlan {
  return {
    model: name,
    ...(sql === undefined ? { python: python! } : { sql: withInterval(sql, interval) }),
    ...(interval === undefined ? {} : { interval }),
    inputs: inputs.map((input) => ({
      name: input.name,
      columns: input.columns.map(sparkColumn),
      files: filesOf(input),
    })),
    columns: columns.map(sparkColumn),
  };
}

/** Text, edge of the interval, text, … */
function withInterval(pieces: readonly string[], interval: PlanJobInput['run']['interval']): string {
  return pieces
    .map((piece, index) => {
      if (index % 2 === 0) return piece;
      const time = piece === 'start' ? interval?.start : interval?.end;
      return time === undefined ? 'CAST(NULL AS TIMESTAMP_NTZ)' : `TIMESTAMP_NTZ'${time.replace(/Z$/, '')}'`;
    })
    .join('');
}

export const sparkColumn = ({ name, type }: OutputColumn): SparkColumn => ({ name, type: sparkType(type) });

/** JSON is text in files. */
function sparkType(type: ColumnType): string {
  switch (type.type) {
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`;
    case 'integer':
      return 'int';
    case 'text':
    case 'json':
      return 'string';
    case 'timestamp':
      return 'timestamp_ntz';
    default:
      return type.type;
  }
}
