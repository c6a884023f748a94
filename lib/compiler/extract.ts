/** The branch of the state machine that extracts one source: a Map over its partitions. */
import type { JsonObject, State, SubMachine } from '../asl/types';
import type { LandedFiles, Published, RowSource, Source } from '../pipeline/types';
import type { FusedDataset } from '../tasks/extract-files';
import type { Schedule } from '../tasks/schedule';
import { contractColumns } from './contract-columns';
import { collectedLater, collectState, mapLabel } from './distributed-map';
import { landedBranch } from './extract-landed';
import type { RowTaskKind, TaskKind } from './types';

/** Makes a Task of a kind; the definition knows its function, retries and timeout. */
export type MakeTask = (
  kind: TaskKind,
  options: {
    payload: JsonObject;
    of?: string;
    comment?: string;
    next?: string;
    output?: JsonObject | string;
    waitsForOthers?: boolean;
  },
) => State;

export interface Extracted {
  readonly name: string;
  readonly source: Source;
  readonly datasets: readonly FusedDataset[];
  /** longest text that a target can hold; absent: no limit */
  readonly mostTextBytes?: number;
  /** of the key that hashes personal data; absent: the source hashes none */
  readonly piiSecret?: string;
  /** what its partitions may take of the run's state, where only the run knows how many there are */
  readonly stateBytes?: number;
  /** absent: a file starts the run */
  readonly schedule?: Schedule | undefined;
  /** the files of a run stand in a list */
  readonly byList?: true;
  /** the files are batches of a stream */
  readonly isStream?: true;
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
  const { name, source, schedule, byList, datasets } = extracted;
  if (source.kind === 'landedFiles' && (schedule || byList)) {
    return landedBranch({ name, source, schedule, contract: contract(name, source, extracted), datasets }, task);
  }
  if (source.kind === 'published') return publishedBranch(name, source, task);
  return source.kind === 'landedFiles' ? files(name, source, extracted, task) : rows(name, source, extracted, task);
}

/** What another pipeline has published is staged already. */
function publishedBranch(name: string, source: Published, task: MakeTask): SubMachine {
  const extract = `Extract ${name}`;
  const columns = Object.entries(source.columns).map(([column, { type, isNullable }]) => ({
    name: column,
    type,
    nullable: isNullable,
  }));
  return {
    StartAt: extract,
    States: {
      [extract]: task('extract-published', {
        comment: `What ${source.pipeline} has published of ${source.model}`,
        payload: {
          run: '{% $run %}',
          source: name,
          model: source.model,
          columns: columns as unknown as JsonObject[],
          upstream: '{% $upstream %}',
        },
      }),
    },
  };
}

function files(name: string, source: LandedFiles, { datasets, ...extracted }: Extracted, task: MakeTask): SubMachine {
  const processor = task('extract-files', {
    payload: {
      action: 'extract',
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

/**
 * Plan → Map; an item whose source has more than one invocation can read goes round until it has no checkpoint. Where a share of the
 * partitions may fail the Map is a distributed one, the only kind that tolerates failures, and Collect says what came of it.
 */
function rows(name: string, source: RowSource, extracted: Omit<Extracted, 'datasets'>, task: MakeTask): SubMachine {
  const kind = rowTask(source);
  const of = source.kind === 'custom' ? { of: name } : {};
  const tolerant = (source.tolerate ?? 0) > 0;
  const config = { ...contract(name, source, extracted), config: source.config as unknown as JsonObject };
  const cursor: JsonObject = source.cursor ? { cursor: `{% $lookup($cursors, '${name}') %}` } : {};
  // Children of a distributed Map are executions of their own: they see no variable of the run.
  const inherited: JsonObject = tolerant ? { run: '{% $run %}', ...cursor } : {};
  const handedOn = Object.fromEntries(Object.keys(inherited).map((one) => [one, `{% $states.input.${one} %}`]));
  const plan = `Plan ${name}`;
  const map = `Extract ${name}`;
  const extract = `Extract rows of ${name}`;
  const more = `More ${name}?`;
  const done = `Done ${name}`;

  const loop: Record<string, State> = {
    [extract]: task(kind, {
      ...of,
      payload: {
        action: 'extract',
        run: '{% $run %}',
        source: config,
        ...cursor,
        ...handedOn,
        partition: '{% $states.input.partition %}',
        partitions: '{% $states.input.partitions %}',
        checkpoint: '{% $states.input.checkpoint %}',
      },
      output: {
        ...handedOn,
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
  };
  const common = {
    Type: 'Map',
    Items: '{% $states.input.partitions %}',
    MaxConcurrency: 'concurrency' in source.config ? source.config.concurrency : CONCURRENCY,
    ItemSelector: {
      ...inherited,
      partition: '{% $states.context.Map.Item.Value %}',
      partitions: '{% $count($states.input.partitions) %}',
      checkpoint: null,
      staged: [],
    },
  } as const;
  const planned = task(kind, {
    ...of,
    comment: 'Which partitions there are',
    payload: {
      action: 'plan',
      run: '{% $run %}',
      source: config,
      ...cursor,
      ...(source.partitions ? { partitions: source.partitions as unknown as JsonObject[] } : {}),
      ...(extracted.stateBytes === undefined ? {} : { stateBytes: extracted.stateBytes }),
    },
    next: map,
  });
  if (!tolerant) {
    return {
      StartAt: plan,
      States: {
        [plan]: planned,
        [map]: {
          ...common,
          Comment: 'One item a partition',
          ItemProcessor: { StartAt: extract, States: loop },
          // what the invocations staged, in one list
          Output: '{% [$states.result.$] %}',
          End: true,
        },
      },
    };
  }
  return {
    StartAt: plan,
    States: {
      [plan]: planned,
      [map]: {
        ...common,
        Comment: 'One child execution a partition; some may fail',
        Label: mapLabel(name),
        ToleratedFailurePercentage: source.tolerate! * 100,
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: extract,
          States: loop,
        },
        ...collectedLater(name, '{% $count($states.input.partitions) %}'),
      },
      ...collectState(name, 'What the children staged, and which of them failed', task),
    },
  };
}

function contract(
  name: string,
  { columns, onDrift, onBadRow }: Source,
  { mostTextBytes, piiSecret, isStream }: Omit<Extracted, 'datasets'>,
): JsonObject {
  return {
    name,
    columns: contractColumns(columns) as unknown as JsonObject[],
    onDrift,
    onBadRow: onBadRow as unknown as JsonObject,
    ...(mostTextBytes === undefined ? {} : { mostTextBytes }),
    ...(piiSecret === undefined ? {} : { piiSecret }),
    ...(isStream ? { isStream } : {}),
  };
}
