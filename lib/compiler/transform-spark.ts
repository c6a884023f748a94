/** A model on Spark in the state machine: its job is planned, run by EMR Serverless, and what it has written becomes a manifest. */
import type { JsonObject, SubMachine } from '../asl/types';
import type { RetryPolicy, SparkWorker } from '../pipeline/types';
import type { MakeTask } from './extract';
import type { PlannedModel } from './plan';
import { piecesOf } from './redshift-models';
import { retriers } from './retry';
import type { SparkModel } from './spark-models';

/** Seconds: for capacity, for the start of workers, and for the end to be seen. */
const MARGIN_SECONDS = 15 * 60;
/** A job that fails for want of memory will again; one whose machine is gone will not. */
const RETRY: RetryPolicy = { attempts: 1 };

const count = (of: string) => `($exists(${of}) ? ${of} : 0)`;
/** The same for whoever asks within an attempt: a call that is made twice starts one job. */
const ATTEMPT = `$string(${count('$states.context.Execution.RedriveCount')}) & '-' & $string(${count('$states.context.State.RetryCount')})`;
const OUTPUT = `$states.input.output & '/' & ${ATTEMPT}`;

export function sparkBranch(
  pipeline: { readonly name: string; readonly retry?: RetryPolicy | undefined },
  { model, spark }: PlannedModel & { readonly spark: SparkModel },
  task: MakeTask,
): SubMachine {
  const { name, columns, inputs, formats } = model;
  const [plan, run, collect] = [`Plan ${name}`, `Spark ${name}`, `Transform ${name}`];
  const seconds = spark.job.timeout.seconds;
  return {
    StartAt: plan,
    States: {
      [plan]: task('transform-spark', {
        comment: 'What the job is to read and to make',
        payload: {
          action: 'plan',
          run: '{% $run %}',
          model: {
            name,
            ...(spark.sql === undefined ? { python: spark.python! } : { sql: piecesOf(spark.sql) }),
            columns: columns as unknown as JsonObject[],
            inputs: inputs as unknown as JsonObject[],
          },
          manifests: '{% $manifests %}',
        },
        next: run,
      }),
      [run]: {
        Type: 'Task',
        Comment: 'EMR Serverless calls back when the job has ended',
        Resource: 'arn:aws:states:::emr-serverless:startJobRun.sync',
        Arguments: {
          // biome-ignore lint/suspicious/noTemplateCurlyInString: a substitution of the definition
          ApplicationId: '${SparkApplicationId}',
          ClientToken: `{% $hash(${OUTPUT}, 'SHA-256') %}`,
          // biome-ignore lint/suspicious/noTemplateCurlyInString: a substitution of the definition
          ExecutionRoleArn: '${SparkRoleArn}',
          Name: `${pipeline.name}-${name}`.slice(0, 64),
          ExecutionTimeoutMinutes: Math.ceil(seconds / 60),
          JobDriver: {
            SparkSubmit: {
              // biome-ignore lint/suspicious/noTemplateCurlyInString: a substitution of the definition
              EntryPoint: '${SparkEntryPoint}',
              EntryPointArguments: ['{% $states.input.plan %}', `{% ${OUTPUT} %}`],
              SparkSubmitParameters: parametersOf(spark),
            },
          },
          ConfigurationOverrides: {
            MonitoringConfiguration: {
              CloudWatchLoggingConfiguration: {
                Enabled: true,
                // biome-ignore lint/suspicious/noTemplateCurlyInString: a substitution of the definition
                LogGroupName: '${SparkLogGroupName}',
                LogStreamNamePrefix: `{% $run.runId & '/${name}' %}`,
                LogTypes: { SPARK_DRIVER: ['STDOUT', 'STDERR'], SPARK_EXECUTOR: ['STDOUT', 'STDERR'] },
              },
              ManagedPersistenceMonitoringConfiguration: { Enabled: true },
            },
          },
          Tags: { 'stepwell:pipeline': pipeline.name, 'stepwell:model': name },
        },
        TimeoutSeconds: seconds + MARGIN_SECONDS,
        Retry: retriers({ ...RETRY, ...pipeline.retry }),
        Output: { output: `{% ${OUTPUT} %}`, job: '{% ($states.result.**.JobRunId)[0] %}' },
        Next: collect,
      },
      [collect]: task('transform-spark', {
        comment: 'Only files of the attempt that has succeeded count',
        payload: {
          action: 'collect',
          run: '{% $run %}',
          model: { name, columns: columns as unknown as JsonObject[], formats },
          output: '{% $states.input.output %}',
          job: '{% $states.input.job %}',
        },
      }),
    },
  };
}

/** The workers, in the terms of spark-submit. */
function parametersOf({ job: { driver, executor, maxExecutors }, python }: SparkModel): string {
  const confs = {
    ...worker('driver', driver),
    ...worker('executor', executor),
    'spark.dynamicAllocation.maxExecutors': maxExecutors,
    'spark.dynamicAllocation.initialExecutors': Math.min(3, maxExecutors),
  };
  return [
    ...Object.entries(confs).map(([name, value]) => `--conf ${name}=${value}`),
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a substitution of the definition
    ...(python === undefined ? [] : ['--py-files ${SparkPython}']),
  ].join(' ');
}

const LEAST_OVERHEAD_MB = 384;

/** What a worker has is its heap, and a tenth of that beside it. */
function worker(role: 'driver' | 'executor', { vcpu, memoryGb }: SparkWorker) {
  const mb = memoryGb * 1024;
  return {
    [`spark.${role}.cores`]: vcpu,
    [`spark.${role}.memory`]: `${Math.floor(Math.min(mb / 1.1, mb - LEAST_OVERHEAD_MB))}m`,
  };
}
