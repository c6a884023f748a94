/** The branch of the state machine that extracts one source: a Map over its partitions. */
import type { JsonObject, State, SubMachine } from '../asl/types';
import type { LandedFiles, RowSource, Source } from '../pipeline/types';
import type { ContractColumn } from '../tasks/common';
import type { FusedDataset } from '../tasks/extract-files';
import type { RowTaskKind, TaskKind } from './types';

/** Makes a Task of a kind; the definition knows its function, retries and timeout. */
export type MakeTask = (
  kind: TaskKind,
  options: { payload: JsonObject; comment?: string; next?: string; output?: JsonObject | string },
) => State;

export interface Extracted {
  readonly name: string;
  readonly source: Source;
  readonly datasets: readonly FusedDataset[];
  /** longest text that a target can hold; absent: no limit */
  readonly mostTextBytes?: number;
}

/** Step Functions runs at most 40 items of an inline Map at once. */
const CONCURRENCY = 40;

export const rowTask = (source: RowSource): RowTaskKind => ROW_TASKS[source.kind];

const ROW_TASKS: Readonly<Record<RowSource['kind'], RowTaskKind>> = {
  httpApi: 'extract-http',
  mysql: 'extract-mysql',
  postgres: 'extract-postgres',
  dynamoDb: 'extract-dynamodb',
  custom: 'extract-custom',
};

export function extractBranch(extracted: Extracted, task: MakeTask): SubMachine {
  const { name, source } = extracted;
  return source.kind === 'landedFiles' ? files(name, source, extracted, task) : rows(name, source, extracted, task);
}

function files(name: string, source: LandedFiles, { datasets, ...extracted }: Extracted, task: MakeTask): SubMachine {
  const processor = task('extract-files', {
    payload: {
      run: '{% $run %}',
      source: contract(name, source, extracted),
      partition: '{% $states.input.partition %}',
      partitions: '{% $states.input.partitions %}',
      datasets: datasets as unknown as JsonObject[],
    },
  });
  return {
    StartAt: `Extract ${name}`,
    States: {
      [`Extract ${name}`]: {
        Type: 'Map',
        Comment: 'One item a file, or a byte range of one',
        Items: `{% $states.input.${name} %}`,
        MaxConcurrency: CONCURRENCY,
        ItemSelector: {
          partition: '{% $states.context.Map.Item.Value %}',
          partitions: `{% $count($states.input.${name}) %}`,
        },
        ItemProcessor: { StartAt: `Extract file of ${name}`, States: { [`Extract file of ${name}`]: processor } },
        Output: '{% $states.result %}',
        End: true,
      },
    },
  };
}

/** Plan → Map; an item whose source has more than one invocation can read goes round until it has no checkpoint. */
function rows(name: string, source: RowSource, extracted: Omit<Extracted, 'datasets'>, task: MakeTask): SubMachine {
  const kind = rowTask(source);
  const config = { ...contract(name, source, extracted), config: source.config as unknown as JsonObject };
  const cursor: JsonObject = source.cursor ? { cursor: `{% $lookup($cursors, '${name}') %}` } : {};
  const [map, extract, more, done] = [`Extract ${name}`, `Extract rows of ${name}`, `More ${name}?`, `Done ${name}`];
  return {
    StartAt: `Plan ${name}`,
    States: {
      [`Plan ${name}`]: task(kind, {
        comment: 'Which partitions there are',
        payload: {
          action: 'plan',
          run: '{% $run %}',
          source: config,
          ...cursor,
          ...(source.partitions ? { partitions: source.partitions as unknown as JsonObject[] } : {}),
        },
        next: map,
      }),
      [map]: {
        Type: 'Map',
        Comment: 'One item a partition',
        Items: '{% $states.input.partitions %}',
        MaxConcurrency: CONCURRENCY,
        ItemSelector: {
          partition: '{% $states.context.Map.Item.Value %}',
          partitions: '{% $count($states.input.partitions) %}',
          checkpoint: null,
          staged: [],
        },
        ItemProcessor: {
          StartAt: extract,
          States: {
            [extract]: task(kind, {
              payload: {
                action: 'extract',
                run: '{% $run %}',
                source: config,
                ...cursor,
                partition: '{% $states.input.partition %}',
                partitions: '{% $states.input.partitions %}',
                checkpoint: '{% $states.input.checkpoint %}',
              },
              output: {
                partition: '{% $states.input.partition %}',
                partitions: '{% $states.input.partitions %}',
                checkpoint: '{% $states.result.Payload.checkpoint %}',
                staged: '{% $append($states.input.staged, [$states.result.Payload.staged]) %}',
              },
              next: more,
            }),
            [more]: {
              Type: 'Choice',
              Comment: 'A checkpoint: the time of one invocation was too short for all of it',
              Choices: [{ Condition: '{% $states.input.checkpoint != null %}', Next: extract }],
              Default: done,
            },
            [done]: { Type: 'Succeed', Output: '{% $states.input.staged %}' },
          },
        },
        // what the invocations staged, in one list
        Output: '{% [$states.result.$] %}',
        End: true,
      },
    },
  };
}

function contract(
  name: string,
  { columns, onDrift, onBadRow }: Source,
  { mostTextBytes }: Omit<Extracted, 'datasets'>,
): JsonObject {
  return {
    name,
    columns: Object.entries(columns).map(
      ([column, { type, isNullable, isKey, header }]): ContractColumn => ({
        name: column,
        type,
        nullable: isNullable,
        key: isKey,
        ...(header === undefined ? {} : { from: header }),
      }),
    ) as unknown as JsonObject[],
    onDrift,
    onBadRow: onBadRow as unknown as JsonObject,
    ...(mostTextBytes === undefined ? {} : { mostTextBytes }),
  };
}
