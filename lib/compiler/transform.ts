/** A step of Transform: models over whole inputs as items of one Map; row-wise ones beside them, each fanned out over parts of its input. */
import type { JsonObject, MapState, ParallelState, State, SubMachine } from '../asl/types';
import type { Pipeline } from '../pipeline/types';
import type { ContractColumn } from '../tasks/common';
import type { MakeTask } from './extract';
import type { PlannedModel } from './plan';
import { sparkBranch } from './transform-spark';

/** Step Functions runs at most 40 items of an inline Map at once. */
const CONCURRENCY = 40;

export interface Level {
  readonly models: readonly PlannedModel[];
  /** of the state that runs a model in a Map */
  readonly itemName: string;
  readonly assign: JsonObject;
  readonly output: JsonObject;
  readonly next: string;
  readonly pipeline: Pick<Pipeline, 'name' | 'retry'>;
}

export function transformLevel(level: Level, task: MakeTask): MapState | ParallelState {
  const { models, assign, output, next, pipeline } = level;
  const whole = models.filter(({ isRowWise, spark }) => !isRowWise && !spark);
  const common = { Assign: assign, Output: output, Next: next };
  if (whole.length === models.length) return { ...wholeInputs(level, whole, task), ...common };
  return {
    Type: 'Parallel',
    Comment: 'One branch a model',
    Branches: [
      ...whole.map(({ model }) => single(`Transform ${model.name}`, wholeInput(model as unknown as JsonObject, task))),
      ...models.filter(({ isRowWise }) => isRowWise).map((one) => inBatches(one, task)),
      ...models.flatMap(({ spark, ...one }) => (spark ? [sparkBranch(pipeline, { ...one, spark }, task)] : [])),
    ],
    ...common,
  };
}

function wholeInputs({ itemName }: Level, models: readonly PlannedModel[], task: MakeTask): MapState {
  return {
    Type: 'Map',
    Comment: 'One item a model over whole inputs',
    Items: models.map(({ model }) => model) as unknown as JsonObject[],
    MaxConcurrency: CONCURRENCY,
    ItemProcessor: single(itemName, wholeInput('{% $states.input %}', task)),
  };
}

const wholeInput = (model: JsonObject | string, task: MakeTask): State =>
  task('transform', { payload: { run: '{% $run %}', model, manifests: '{% $manifests %}' } });

/** Plan → Map over batches of the input's parts: one for a small input. */
function inBatches(planned: PlannedModel, task: MakeTask): SubMachine {
  const { model, rowFunction } = planned;
  const { name } = model;
  const [kind, of] = rowFunction ? (['transform-rows', { of: name }] as const) : (['transform', {}] as const);
  const input = model.inputs[0]! as unknown as JsonObject;
  const plan = `Plan ${name}`;
  const map = `Transform ${name}`;
  return {
    StartAt: plan,
    States: {
      [plan]: task(kind, {
        ...of,
        comment: 'Which batches of parts there are',
        payload: { action: 'plan', run: '{% $run %}', model: name, input, manifests: '{% $manifests %}' },
        next: map,
      }),
      [map]: {
        Type: 'Map',
        Comment: 'One item a batch of parts',
        Items: '{% $states.input.batches %}',
        MaxConcurrency: CONCURRENCY,
        ItemSelector: {
          batch: '{% $states.context.Map.Item.Value %}',
          batches: '{% $count($states.input.batches) %}',
        },
        ItemProcessor: single(`Transform batch ${name}`, task(kind, { ...of, payload: batchOf(planned) })),
        Output: '{% $states.result %}',
        End: true,
      },
    },
  };
}

function batchOf({ model, rowFunction, mostTextBytes }: PlannedModel): JsonObject {
  const batch = { batch: '{% $states.input.batch.id %}', manifests: '{% $states.input.batch.manifests %}' };
  if (rowFunction === undefined) {
    return { run: '{% $run %}', model: model as unknown as JsonObject, ...batch };
  }
  const { file, columns, onDrift, onBadRow } = rowFunction;
  const contract = Object.entries(columns).map(
    ([name, { type, isNullable, isKey, header }]): ContractColumn => ({
      name,
      type,
      nullable: isNullable,
      key: isKey,
      ...(header === undefined ? {} : { from: header }),
    }),
  );
  return {
    action: 'transform',
    run: '{% $run %}',
    model: {
      name: model.name,
      file,
      columns: contract as unknown as JsonObject[],
      onDrift,
      onBadRow: onBadRow as unknown as JsonObject,
      formats: model.formats,
      input: model.inputs[0]! as unknown as JsonObject,
      ...(mostTextBytes === undefined ? {} : { mostTextBytes }),
    },
    ...batch,
    batches: '{% $states.input.batches %}',
  };
}

const single = (name: string, state: State): SubMachine => ({ StartAt: name, States: { [name]: state } });
