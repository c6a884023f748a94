/** The state machine that looks at a pipeline, and what each pipeline gives it to look at. */
import type { StateMachine } from '../asl/types';
import { awsCron } from '../pipeline/cron';
import type { Pipeline } from '../pipeline/types';
import { deadlineCron } from '../tasks/deadlines';
import type { WatchedInput, WatchSpec } from '../tasks/watch';
import { DEFAULT_TIMEOUT_SECONDS } from './definition';
import type { Plan } from './plan';
import { retriers } from './retry';
import type { CompiledPipeline } from './types';

/** Of the function that looks. */
export const WATCH_SECONDS = 300;

/** An execution looks at one pipeline, which its stack names in the input: each hour, and at each of its deadlines. */
export function watchMachine(): StateMachine {
  return {
    Comment: 'Looks at a pipeline: ages of inputs and of published data, runs that do not end, deadlines',
    QueryLanguage: 'JSONata',
    StartAt: 'Look',
    States: {
      Look: {
        Type: 'Task',
        Comment: 'Reads the ledger and lists the landing bucket; wakes no database',
        Resource: 'arn:aws:states:::lambda:invoke',
        Arguments: {
          FunctionName: `\${WatchFunctionArn}`,
          Payload: '{% $merge([$states.input, {"now": $states.context.Execution.StartTime}]) %}',
        },
        TimeoutSeconds: WATCH_SECONDS + 60,
        Retry: retriers(undefined),
        Output: '{% $states.result.Payload %}',
        End: true,
      },
    },
  };
}

/** What is looked at, and when besides each hour. */
export function watchPlan(pipeline: Pipeline, plan: Plan): CompiledPipeline['watch'] {
  const spec = watchSpec(pipeline, plan);
  const { deadline } = spec;
  return {
    spec,
    ...(deadline ? { deadline: { expression: awsCron(deadline.cron), timezone: deadline.timezone } } : {}),
  };
}

function watchSpec(pipeline: Pipeline, plan: Plan): WatchSpec {
  const { name, trigger, sources, freshness, deadline, stream } = pipeline;
  const inputs = Object.entries(sources).flatMap(([source, one]): WatchedInput[] => {
    // Of a stream each batch that was ever staged would be listed each hour; its alarms tell sooner.
    if (one.kind !== 'landedFiles' || source === stream?.source) return [];
    const within = freshness?.inputs?.[source];
    return [
      {
        source,
        globs: one.files.map(({ glob }) => glob),
        timezone: trigger.kind === 'cron' ? trigger.timezone : 'UTC',
        ...(within ? { withinSeconds: within.seconds } : {}),
      },
    ];
  });
  return {
    pipeline: name,
    timeoutSeconds: Math.ceil(pipeline.timeout?.seconds ?? DEFAULT_TIMEOUT_SECONDS),
    ...(trigger.kind === 'cron' ? { schedule: { cron: trigger.cron, timezone: trigger.timezone } } : {}),
    sinks: plan.sinks.map(({ id }) => id),
    inputs,
    ...(freshness?.within ? { withinSeconds: freshness.within.seconds } : {}),
    ...(deadline ? { deadline: { cron: deadlineCron(deadline), timezone: deadline.timezone ?? 'UTC' } } : {}),
  };
}
