/**
 * The state machine of a pipeline, in JSONata with variables:
 * Admit → Extract → Transform → Load → Check → Publish → Record. State carries pointers, never rows.
 */
import type { ChoiceState, JsonObject, ParallelState, State, StateMachine, SubMachine, TaskState } from '../asl/types';
import { awsCron } from '../pipeline/cron';
import { gatherPlanOf } from '../pipeline/gather';
import { type Turns, turnsOf } from '../pipeline/overlap';
import { hashesPii } from '../pipeline/pii-mistakes';
import { plansItsOwn, roomForPlanned } from '../pipeline/state-mistakes';
import type { LandedFiles, Pipeline } from '../pipeline/types';
import type { TimeCursor } from '../tasks/admit-interval';
import type { DynamoSink, KeyspacesSink, Sink } from '../tasks/common';
import { anyDate } from '../tasks/dated-globs';
import { piiSecretOf } from '../tasks/pii';
import type { Schedule } from '../tasks/schedule';
import { TURN_STATE } from '../tasks/turn';
import { extractBranch } from './extract';
import { functionTimeouts, toleratesFailures } from './functions';
import { MOST_REDSHIFT_BYTES, type Plan } from './plan';
import { onlyRebuilt, REBUILD, rebuildStates } from './rebuild';
import { canBePartial, reusing, sourceDigests } from './rerun';
import { retriers } from './retry';
import { publishRowByRow, putRecords } from './row-by-row';
import { transformLevel } from './transform';
import type { TaskKind } from './types';

export const DEFAULT_TIMEOUT_SECONDS = 6 * 3600;
/** Of Redshift's statements: the completion event, else the sweeper, ends the wait long before. */
const STATEMENT_TIMEOUT_SECONDS = 2 * 3600;
/** For its turn: what the run may take counts from then, and the sweeper sees to it. */
const LONGEST_WAIT_SECONDS = 30 * 86_400;
/** A Lambda invocation may wait for a free concurrency slot before it runs. */
const INVOKE_MARGIN_SECONDS = 60;

export function stateMachine(pipeline: Pipeline, plan: Plan): StateMachine {
  const builder = new Definition(pipeline, plan);
  return builder.build();
}

class Definition {
  constructor(
    private readonly pipeline: Pipeline,
    private readonly plan: Plan,
  ) {}

  build(): StateMachine {
    const transforms = this.plan.levels.map((_, index) =>
      this.plan.levels.length === 1 ? 'Transform' : `Transform ${index + 1}`,
    );
    // A feed may do nothing but put records on a stream.
    const load = this.stagedSinks.length === 0 ? 'Check' : 'Load';
    const afterExtract = transforms[0] ?? load;
    const { raw } = this.plan;
    const counted = this.plan.counted.map(({ table }) => table);
    const states: Record<string, State> = {
      ...(raw ? rebuildStates(this.pipeline.name, raw, counted, (kind, options) => this.task(kind, options)) : {}),
      Admit: this.admit(),
      'Admitted?': this.admitted(),
      Skipped: { Type: 'Succeed', Comment: 'It is loaded, or is none of ours: nothing to do' },
      ...(this.turns ? this.turn(this.turns) : {}),
      Extract: this.extract(afterExtract),
    };
    transforms.forEach((name, index) => {
      states[name] = this.transform(index, transforms[index + 1] ?? load);
    });
    if (load === 'Load') states.Load = this.load();
    states.Check = this.check();
    const models = this.plan.derived.map((_, index) =>
      this.plan.derived.length === 1 ? 'Publish models' : `Publish models ${index + 1}`,
    );
    const last = this.plan.puts.length > 0 ? 'Put' : 'Record';
    if (load === 'Load') states.Publish = this.publish(models[0] ?? last);
    models.forEach((name, index) => {
      states[name] = this.publishModels(index, models[index + 1] ?? last);
    });
    if (last === 'Put') states.Put = this.put();
    states.Record = this.record();
    return {
      Comment: this.pipeline.description ?? `Stepwell pipeline ${this.pipeline.name}`,
      QueryLanguage: 'JSONata',
      StartAt: raw ? REBUILD : 'Admit',
      TimeoutSeconds: this.timeoutSeconds + (this.turns ? LONGEST_WAIT_SECONDS : 0),
      States: states,
    };
  }

  private get timeoutSeconds(): number {
    return Math.ceil(this.pipeline.timeout?.seconds ?? DEFAULT_TIMEOUT_SECONDS);
  }

  private get turns(): Turns | undefined {
    return turnsOf(this.pipeline.overlap);
  }

  private admit(): State {
    const { name: pipeline, trigger } = this.pipeline;
    const common = {
      pipeline,
      execution: {
        arn: '{% $states.context.Execution.Id %}',
        name: '{% $states.context.Execution.Name %}',
        startedAt: '{% $states.context.Execution.StartTime %}',
      },
      trigger: '{% $states.input %}',
    };
    if (trigger.kind === 'cron') {
      const { cron, timezone, catchUp } = trigger;
      return this.task('admit-interval', {
        comment: 'Claims the data interval for this run',
        payload: {
          ...common,
          schedule: { cron, timezone },
          ...(catchUp === undefined ? {} : { catchUp: { policy: catchUp, expression: awsCron(cron) } }),
          cursors: timeCursors(this.pipeline) as unknown as JsonObject[],
          appends: this.plan.appends,
          ...(canBePartial(this.pipeline) ? { sources: sourceDigests(this.pipeline, this.plan) } : {}),
        },
        next: 'Admitted?',
      });
    }
    if (trigger.kind === 'after') {
      return this.task('admit-after', {
        comment: 'Claims for this run what the other pipeline has loaded',
        payload: {
          ...common,
          upstream: trigger.pipeline,
          reads: Object.values(this.pipeline.sources).some(({ kind }) => kind === 'published'),
          cursors: timeCursors(this.pipeline) as unknown as JsonObject[],
          appends: this.plan.appends,
        },
        next: 'Admitted?',
      });
    }
    return this.task('admit', {
      comment: 'Claims the objects for this run, and plans their partitions',
      payload: {
        ...common,
        patterns: trigger.patterns.map(anyDate),
        sources: Object.entries(this.pipeline.sources).flatMap(([name, source]) =>
          source.kind === 'landedFiles'
            ? [{ name, kind: source.kind, files: withAnyDate(source), rangeBytes: source.rangeMiB * 1024 * 1024 }]
            : [],
        ),
        ...(gatherPlanOf(trigger) ? { byList: true } : {}),
        ...(this.plan.raw && this.plan.sinks.some(({ write }) => write.mode === 'append')
          ? { appendsRebuilt: true }
          : {}),
      },
      next: 'Admitted?',
    });
  }

  private admitted(): ChoiceState {
    const { kind } = this.pipeline.trigger;
    const byInterval = kind !== 's3Arrival';
    const byList = gatherPlanOf(this.pipeline.trigger) !== undefined;
    const objects = byInterval || byList ? '{% [] %}' : '{% $states.input.objects %}';
    return {
      Type: 'Choice',
      Choices: [
        {
          Condition: "{% $states.input.outcome = 'admitted' %}",
          Assign: {
            run: '{% $states.input.run %}',
            objects,
            ...(byList ? { list: '{% $states.input.list %}' } : {}),
            ...(byInterval ? { cursors: '{% $states.input.cursors %}' } : {}),
            ...(kind === 'after' ? { upstream: '{% $states.input.upstream %}' } : {}),
            ...(canBePartial(this.pipeline) ? { reused: '{% $states.input.reused %}' } : {}),
          },
          Output: byInterval || byList ? {} : '{% $states.input.partitions %}',
          Next: this.turns ? TURN_STATE : 'Extract',
        },
      ],
      Default: 'Skipped',
    };
  }

  /** A run that waits leaves its token in the ledger; who gives the turn on completes it. */
  private turn({ policy, maxActive }: Turns): Record<string, State> {
    const { name: pipeline } = this.pipeline;
    const count = (of: string) => `{% $exists(${of}) ? ${of} : 0 %}`;
    const mayBeSkipped = policy === 'skip';
    const waiting: TaskState = {
      Type: 'Task',
      Comment: 'Until fewer others are at work than may be at once',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Arguments: {
        FunctionName: functionArn('turn'),
        Payload: {
          pipeline,
          execution: {
            arn: '{% $states.context.Execution.Id %}',
            name: '{% $states.context.Execution.Name %}',
            redrives: count('$states.context.Execution.RedriveCount'),
            retries: count('$states.context.State.RetryCount'),
          },
          policy,
          maxActive,
          timeoutSeconds: this.timeoutSeconds,
          arrival: '{% $run.arrival %}',
          trigger: '{% $states.context.Execution.Input %}',
          taskToken: '{% $states.context.Task.Token %}',
        },
      },
      TimeoutSeconds: LONGEST_WAIT_SECONDS,
      Retry: [
        { Comment: 'It has waited long enough', ErrorEquals: ['States.Timeout'], MaxAttempts: 0 },
        ...retriers(this.pipeline.retry),
      ],
      Output: mayBeSkipped ? '{% $states.result %}' : '{% $states.input %}',
      Next: mayBeSkipped ? 'Has turn?' : 'Extract',
    };
    if (!mayBeSkipped) return { [TURN_STATE]: waiting };
    const taken = "{% $states.input.outcome = 'taken' %}";
    return {
      [TURN_STATE]: waiting,
      'Has turn?': {
        Type: 'Choice',
        Choices: [{ Condition: taken, Output: {}, Next: 'Extract' }],
        Default: 'Skipped',
      },
    };
  }

  private extract(next: string): ParallelState {
    return {
      Type: 'Parallel',
      Comment: 'One branch a source',
      Branches: Object.entries(this.pipeline.sources).map(([name, source]) => {
        const branch = extractBranch(
          {
            name,
            source,
            datasets: this.plan.datasets.get(name) ?? [],
            schedule: scheduleOf(this.pipeline),
            ...(gatherPlanOf(this.pipeline.trigger) ? { byList: true } : {}),
            ...(this.pipeline.stream?.source === name ? { isStream: true } : {}),
            ...(this.plan.inRedshift.has(name) ? { mostTextBytes: MOST_REDSHIFT_BYTES } : {}),
            ...(hashesPii(source) ? { piiSecret: piiSecretOf(this.pipeline) } : {}),
            ...(plansItsOwn({ ...source })
              ? { stateBytes: roomForPlanned(this.pipeline.name, this.pipeline.sources) }
              : {}),
          },
          (kind, options) => this.task(kind, options),
        );
        return canBePartial(this.pipeline) ? reusing(name, source, branch) : branch;
      }),
      Assign: {
        manifests: '{% [$states.result.manifest] %}',
        ...(toleratesFailures(this.pipeline) ? { failed: '{% [$states.result.failed] %}' } : {}),
      },
      Output: counts('$states.result'),
      Next: next,
    };
  }

  private transform(index: number, next: string): State {
    return transformLevel(
      {
        models: this.plan.levels[index]!,
        itemName: this.plan.levels.length === 1 ? 'Transform model' : `Transform model ${index + 1}`,
        assign: { manifests: '{% $append($manifests, [$states.result.manifest]) %}' },
        output: counts('$states.result'),
        next,
        pipeline: this.pipeline,
      },
      (kind, options) => this.task(kind, options),
    );
  }

  private load(): ParallelState {
    return {
      Type: 'Parallel',
      Comment: 'One branch a sink, into staging',
      Branches: [
        ...this.stagedSinks.map((sink) => single(`Load ${sink.id}`, this.loadSink(sink))),
        ...this.plan.rebuilt.map((sink) =>
          onlyRebuilt(sink, single(`Load ${sink.id}`, this.loadSink(sink)), { sink: sink.id, rows: 0 }),
        ),
      ],
      Assign: { loaded: '{% $states.result %}' },
      Output: '{% $states.result %}',
      Next: 'Check',
    };
  }

  private loadSink(sink: Sink): State {
    const payload = { run: '{% $run %}', sink: sink as unknown as JsonObject, manifests: '{% $manifests %}' };
    switch (sink.kind) {
      case 'redshift':
        return this.statement('load-redshift', 'Redshift calls back when COPY has ended', payload);
      case 'postgres':
        return this.task('load-postgres', { payload, waitsForOthers: true });
      case 'lake':
        return this.task('publish-lake', { payload: { ...payload, action: 'stage' } });
      case 'dynamoTable':
        return this.task('load-dynamodb', { payload });
      case 'keyspaces':
        return this.task('load-keyspaces', { payload });
    }
  }

  private check(): State {
    return this.task('check', {
      comment: 'What must hold before anything is published',
      payload: {
        run: '{% $run %}',
        checks: this.plan.checks as unknown as JsonObject[],
        ...(this.plan.raw
          ? { rebuilt: this.stagedSinks.flatMap(({ model, write }) => (write.mode === 'append' ? [model] : [])) }
          : {}),
        models: this.plan.checked as unknown as JsonObject[],
        sources: rowJudges(this.pipeline),
        manifests: '{% $manifests %}',
      },
      assign: {
        checks: '{% $states.result.Payload %}',
        ...(this.stagedSinks.length === 0 ? { loaded: '{% [] %}', published: '{% [] %}' } : {}),
      },
      next: this.stagedSinks.length === 0 ? 'Put' : 'Publish',
    });
  }

  /** What is staged: the rest is made in Redshift. */
  private get stagedSinks(): readonly Sink[] {
    const derived = new Set(this.plan.derived.flat().map(({ sink }) => sink.id));
    return this.plan.sinks.filter(({ id }) => !derived.has(id));
  }

  private publish(next: string): ParallelState {
    return {
      Type: 'Parallel',
      Comment: 'One transaction a sink',
      Branches: [
        ...this.stagedSinks.map((sink) => this.publishing(sink)),
        ...this.plan.rebuilt.map((sink) => onlyRebuilt(sink, this.publishing(sink), {})),
      ],
      Assign: {
        published: this.plan.rebuilt.length > 0 ? '{% [$states.result[$exists(sink)]] %}' : '{% $states.result %}',
      },
      Output: '{% $states.result %}',
      Next: next,
    };
  }

  private publishing(sink: Sink): SubMachine {
    return sink.kind === 'dynamoTable' || sink.kind === 'keyspaces'
      ? publishRowByRow(sink, (kind, options) => this.task(kind, { ...options, waitsForOthers: true }))
      : single(`Publish ${sink.id}`, this.publishSink(sink));
  }

  private publishModels(index: number, next: string): ParallelState {
    return {
      Type: 'Parallel',
      Comment: 'Models that run in Redshift, over the tables there: one transaction a sink',
      Branches: this.plan.derived[index]!.map(({ sink, model }) =>
        single(
          `Publish ${sink.id}`,
          this.statement('publish', 'Redshift calls back when the transaction has ended', {
            run: '{% $run %}',
            sink: sink as unknown as JsonObject,
            model: model as unknown as JsonObject,
          }),
        ),
      ),
      Assign: { published: '{% $append($published, $states.result) %}' },
      Output: '{% $states.result %}',
      Next: next,
    };
  }

  private put(): ParallelState {
    return {
      Type: 'Parallel',
      Comment: 'Records on streams, once everything else is published: each at least once',
      Branches: this.plan.puts.map((sink) => putRecords(sink, (kind, options) => this.task(kind, options))),
      Assign: { published: '{% $append($published, $states.result) %}' },
      Output: '{% $states.result %}',
      Next: 'Record',
    };
  }

  private publishSink(sink: Exclude<Sink, DynamoSink | KeyspacesSink>): State {
    const loaded = `$loaded[sink = '${sink.id}']`;
    const payload = { run: '{% $run %}', sink: sink as unknown as JsonObject };
    switch (sink.kind) {
      case 'redshift':
        return this.statement('publish', 'Redshift calls back when the transaction has ended', {
          ...payload,
          loaded: `{% ${loaded} %}`,
        });
      case 'postgres':
        return this.task('publish', { payload: { ...payload, loaded: `{% ${loaded} %}` }, waitsForOthers: true });
      case 'lake':
        return this.task('publish-lake', {
          payload: { ...payload, action: 'publish', staged: `{% ${loaded}.manifest %}` },
          waitsForOthers: true,
        });
    }
  }

  private record(): State {
    const live = [...this.plan.live, ...this.plan.counted];
    return this.task('record', {
      comment: 'The run in the ledger, its metrics, and the staging tables away',
      payload: {
        run: '{% $run %}',
        objects: '{% $objects %}',
        ...(gatherPlanOf(this.pipeline.trigger) ? { list: '{% $list %}' } : {}),
        ...(this.turns ? { turn: true } : {}),
        ...(toleratesFailures(this.pipeline) ? { failed: '{% $failed %}' } : {}),
        manifests: '{% $manifests %}',
        ...(this.plan.readByOthers.size > 0 ? { keep: [...this.plan.readByOthers] } : {}),
        ...(this.plan.starts.length > 0 ? { starts: [...this.plan.starts] } : {}),
        checks: '{% $checks %}',
        loaded: '{% $loaded %}',
        published: '{% $published %}',
        ...(live.length > 0 ? { live: live as unknown as JsonObject[] } : {}),
      },
    });
  }

  /** Submits a statement and waits for its task token. */
  private statement(kind: TaskKind, comment: string, payload: JsonObject): State {
    return {
      Type: 'Task',
      Comment: comment,
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Arguments: {
        FunctionName: functionArn(kind),
        Payload: { ...payload, taskToken: '{% $states.context.Task.Token %}' },
      },
      // Below the whole run's, so that the step that takes too long is the one that fails.
      TimeoutSeconds: Math.min(STATEMENT_TIMEOUT_SECONDS, Math.ceil(this.timeoutSeconds * 0.9)),
      Retry: retriers(this.pipeline.retry),
      Output: '{% $states.result %}',
      End: true,
    };
  }

  private task(
    kind: TaskKind,
    options: {
      payload: JsonObject;
      /** the source or model whose TypeScript the function runs */
      of?: string;
      comment?: string;
      assign?: JsonObject;
      output?: JsonObject | string;
      next?: string;
      waitsForOthers?: boolean;
    },
  ): TaskState {
    return {
      Type: 'Task',
      ...(options.comment === undefined ? {} : { Comment: options.comment }),
      Resource: 'arn:aws:states:::lambda:invoke',
      Arguments: { FunctionName: functionArn(kind, options.of), Payload: options.payload },
      TimeoutSeconds: functionTimeouts[kind] + INVOKE_MARGIN_SECONDS,
      Retry: retriers(this.pipeline.retry, options),
      ...(options.assign === undefined ? {} : { Assign: options.assign }),
      Output: options.output ?? '{% $states.result.Payload %}',
      ...(options.next === undefined ? { End: true } : { Next: options.next }),
    };
  }
}

const withAnyDate = ({ files }: LandedFiles) => files.map(({ glob, format }) => ({ glob: anyDate(glob), format }));

const scheduleOf = ({ trigger }: Pipeline): Schedule | undefined =>
  trigger.kind === 'cron' ? { cron: trigger.cron, timezone: trigger.timezone } : undefined;

/** Sources and row functions: what may put rows into quarantine. */
const rowJudges = ({ sources, models }: Pipeline): JsonObject[] =>
  [...Object.entries(sources), ...Object.entries(models)].flatMap(([name, one]) =>
    'onBadRow' in one && one.kind !== 'published' ? [{ name, onBadRow: one.onBadRow as unknown as JsonObject }] : [],
  );

/** For Admit, which knows the interval. */
const timeCursors = ({ sources }: Pipeline): TimeCursor[] =>
  Object.entries(sources).flatMap(([source, one]) => {
    if (!('cursor' in one) || one.cursor === undefined) return [];
    const { column, lag, initialValue } = one.cursor;
    return [{ source, column, lagSeconds: lag?.seconds ?? 0, ...(initialValue === undefined ? {} : { initialValue }) }];
  });

const single = (name: string, state: State): SubMachine => ({ StartAt: name, States: { [name]: state } });

const counts = (results: string): JsonObject => ({
  rows: `{% $sum(${results}.rows) %}`,
  bytes: `{% $sum(${results}.bytes) %}`,
  rejected: `{% $sum(${results}.rejected) %}`,
});

/**
 * The function's construct id: `extract-files` is `ExtractFiles`; with the source or model whose TypeScript it runs, `extract-custom`
 * of `fx_rates` is `ExtractCustomFxRates`. Two names never give one id.
 */
export const functionId = (kind: TaskKind, of = ''): string =>
  [...kind.split('-'), of]
    .map(
      (word) => word.charAt(0).toUpperCase() + word.slice(1).replace(/_([a-z])/g, (_, letter) => letter.toUpperCase()),
    )
    .join('');

const functionArn = (kind: TaskKind, of?: string): string => `\${${functionId(kind, of)}FunctionArn}`;
