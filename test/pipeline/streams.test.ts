/** Streams: what may be declared, and what each mistake says. */
import {
  aggregate,
  append,
  csv,
  definePipeline,
  dynamoTable,
  hours,
  json,
  key,
  kinesis,
  lake,
  landedFiles,
  merge,
  minutes,
  postgres,
  published,
  replace,
  rowFunction,
  s3Arrival,
  seconds,
  streamOf,
  streamRecords,
  text,
} from '../../lib/pipeline';
import { refuseClashes } from '../../lib/pipeline/together';
import { signups, signupsPipeline } from '../fixtures/signups';
import { mistakes, shop } from './definitions';

const spoilt = (spoil: (definition: ReturnType<typeof signups>) => void): string[] => {
  const definition = signups();
  spoil(definition);
  return mistakes(definition);
};

const live = (more: object) =>
  ({
    model: 'users',
    table: 'users',
    write: merge('user_id', { newestBy: 'received_at' }),
    live: true,
    ...more,
  }) as never;

const MISTAKES: [string, Parameters<typeof spoilt>[0], string[]][] = [
  [
    'options out of bounds',
    (it) => {
      it.trigger = streamOf('users of ours', {
        batch: 20_000,
        window: seconds(301),
        parallel: 11,
        publishEvery: hours(25),
        startFrom: 'latest' as never,
        retry: { attempts: -1, maxAge: seconds(59) },
        retention: hours(1),
        memoryMb: 64,
      });
      delete it.aggregates;
    },
    [
      "trigger.stream is 'users of ours': Kinesis' streams have 1 to 128 letters, digits, ., _ and -. Use e.g. 'users'.",
      'trigger.batch is 20000: batch is a whole number from 1 to 10,000. Use e.g. batch: 500.',
      'trigger.window.seconds is 301: window is 0 to 300 s, in whole seconds. Use e.g. window: seconds(5).',
      'trigger.parallel is 11: parallel is a whole number from 1 to 10. Use e.g. parallel: 2.',
      'trigger.publishEvery.seconds is 90000: publishEvery is 1 s to a day, in whole seconds. Use e.g. publishEvery: minutes(5).',
      "trigger.startFrom is 'latest': startFrom is 'oldest' or 'newest'. Use startFrom: 'newest' to pass over what lies in the stream already.",
      'trigger.retry.attempts is -1: attempts is a whole number from 0 to 10,000. Use e.g. attempts: 100.',
      'trigger.retry.maxAge.seconds is 59: maxAge is 1 minute to 7 days, in whole seconds. Use e.g. maxAge: hours(24).',
      'trigger.retention.seconds is 3600: a stream keeps its records for 24 hours to 365 days, in whole hours. Use e.g. hours(48).',
      'trigger.memoryMb is 64: memoryMb is a whole number from 128 to 10,240. Use e.g. memoryMb: 1024.',
    ],
  ],
  [
    'names elsewhere',
    (it) => {
      it.trigger = streamOf('signups', { batchSize: 500, shards: 3 } as never);
    },
    [
      'trigger.batchSize is 500: there is no such option. Use batch: 500.',
      'trigger.shards is 3: there is no such option. The stream is on demand: Kinesis makes shards as they are needed.',
    ],
  ],
  [
    'wrong kinds',
    (it) => {
      it.trigger = streamOf('signups', { window: 5 as never, retry: 3 as never });
      it.sources.records = streamRecords({
        columns: { user_id: key.text() },
        dedupe: 'user_id' as never,
        late: hours(1) as never,
        receivedAt: 1 as never,
      });
    },
    [
      'trigger.window is 5: window is made by seconds(), minutes() or hours(). Use e.g. window: seconds(5).',
      'trigger.retry is 3: retry is of attempts and maxAge. Use e.g. retry: { attempts: 100, maxAge: hours(24) }.',
      "sources.records.dedupe is 'user_id': dedupe is { by, within }. Use e.g. dedupe: { by: 'user_id', within: minutes(10) }.",
      "sources.records.late.by is missing: by is one column. Use e.g. by: 'registered_at'.",
      'sources.records.late.allow is missing: a duration is made by seconds(), minutes() or hours(). Use e.g. minutes(5).',
      'sources.records.late.seconds is 3600: there is no such option. Known: by, allow.',
      "sources.records.receivedAt is 1: receivedAt is one column. Use e.g. receivedAt: 'received_at'.",
      "aggregates[0].by[0] is 'country': 'records' has no such column. Known: user_id.",
      "aggregates[0].sum.ages is 'age': 'records' has no such column. Known: user_id.",
    ],
  ],
  [
    'no source',
    (it) => {
      it.sources = { records: landedFiles({ glob: 'a/*.csv', format: csv(), columns: { user_id: text() } }) };
    },
    ["sources is 'records': no source reads the stream. Add one: records: streamRecords({ columns: { … } })."],
  ],
  [
    'two sources',
    (it) => {
      it.sources.more = it.sources.records;
      it.sources.files = landedFiles({ glob: 'a/*.csv', format: csv(), columns: { user_id: text() } });
    },
    [
      "sources.more is streamRecords(…): the stream has one contract, and 'records' reads it already. Declare the columns of all records in one source, and tell them apart in SQL.",
      "sources.files is landedFiles(…): a pipeline that a stream starts reads the stream and nothing else. Join in a pipeline that starts after it: trigger: after('<this pipeline>'), or in a model of engine: 'redshift' over the tables.",
    ],
  ],
  [
    'columns that are not there',
    (it) => {
      it.sources.records = {
        ...it.sources.records,
        dedupe: { by: ['user_i', 'raw'], within: minutes(1) },
        late: { by: 'country', allow: hours(1) },
        receivedAt: 'recieved_at',
        columns: { ...it.sources.records.columns, raw: json() },
      };
    },
    [
      "sources.records.dedupe.by[0] is 'user_i': the contract has no such column. Did you mean 'user_id'?",
      "sources.records.dedupe.by[1] is 'raw': a json column cannot tell duplicates: one value may be written in several ways. Name another column.",
      "sources.records.late.by is 'country': a text column cannot say when something happened. Name another column: received_at, registered_at.",
      "sources.records.receivedAt is 'recieved_at': the contract has no such column. Did you mean 'received_at'?",
    ],
  ],
  [
    'personal data as a time',
    (it) => {
      it.sources.records.columns.received_at = it.sources.records.columns.received_at.pii('hash');
    },
    [
      "sources.records.receivedAt is 'received_at': personal data cannot say when a record was received. Name another column: registered_at.",
    ],
  ],
  [
    'tried longer than kept',
    (it) => {
      it.trigger = streamOf('signups', { retention: hours(24), retry: { maxAge: hours(48) } });
    },
    [
      'trigger.retry.maxAge is 172800 s: the stream keeps a record for 24 hours, so it is gone by then. Use at most maxAge: hours(24), or a longer retention.',
    ],
  ],
  [
    'live over SQL',
    (it) => {
      it.sinks[0] = dynamoTable(live({ model: 'signups' }));
    },
    [
      "sinks[0].model is 'signups': records are handed on one by one, and SQL runs in the runs only. Write it as a row function: signups: rowFunction('./signups.ts', { from: 'records', columns: { … } }); name the source: model: 'records'; or leave live out.",
    ],
  ],
  [
    'live over another row function',
    (it) => {
      it.models.more = rowFunction('./more.ts', { from: 'users', columns: { user_id: key.text(36) } });
      it.models.other = rowFunction('./other.ts', { from: 'records', columns: { user_id: key.text(36) } });
      it.sinks.push(
        dynamoTable(live({ table: 'more', model: 'more' })),
        dynamoTable(live({ table: 'other', model: 'other' })),
      );
    },
    [
      "sinks[3].model is 'more': its rows come from 'users', which only runs make. Use a row function over the records themselves (from: 'records'), or the source: model: 'records'.",
      "sinks[4].model is 'other': the function that takes records has 'users' in it already, and room for one. Use 'users' in all live sinks and aggregates, or leave live out.",
    ],
  ],
  [
    'live without newestBy',
    (it) => {
      it.sinks[0] = dynamoTable(live({ write: merge('user_id') }));
      it.sinks.push(dynamoTable(live({ table: 'all', write: replace(), key: 'user_id' })));
    },
    [
      "sinks[0].write.newestBy is missing: records come in any order and some of them twice, so it must be known which is the newest of a key. Name a column, e.g. merge('user_id', { newestBy: 'received_at' }).",
      "sinks[3].write is replace(): records come one by one: none of them is the whole table. Use merge(key, { newestBy: '…' }).",
    ],
  ],
  [
    'live is no boolean',
    (it) => {
      it.sinks[0] = dynamoTable(live({ live: 'yes' }));
    },
    ["sinks[0].live is 'yes': live is true or false. Use live: true to write records as they come."],
  ],
  [
    'a source that runs write',
    (it) => {
      it.sinks[1] = lake({ model: 'records', table: 'a', write: append(), partitionBy: [] });
    },
    [
      "sinks[1].model is 'records': that is a source; sinks and checks work on models. Add a model, e.g. records_rows: sql.text('SELECT * FROM records').",
    ],
  ],
  [
    'nothing that runs write',
    (it) => {
      it.sinks = [it.sinks[0]];
    },
    [
      "sinks is live ones only: what comes is staged, and nothing would ever publish it. Add a sink that runs write, e.g. lake({ model: 'users', table: 'users', write: append(), partitionBy: ['day'] }).",
    ],
  ],
  [
    'replace',
    (it) => {
      it.sinks[1] = lake({ model: 'signups', table: 'a', write: replace(), partitionBy: [] });
    },
    [
      'sinks[1].write is replace(): each run publishes the records of some minutes, which would take the place of the whole table. Use merge(key) or append().',
    ],
  ],
  [
    'aggregates',
    (it) => {
      it.trigger = streamOf('signups', { parallel: 2 });
      it.aggregates.push(
        aggregate({ model: 'signups', by: ['country'], window: minutes(2), count: 'n', table: 'users' }),
        aggregate({ model: 'user', by: [], window: minutes(1), count: 'window', table: 'by-country' }),
        aggregate({
          by: ['county'],
          window: minutes(1),
          count: 'n',
          sum: { n: 'age', m: 'country', o: 'ages' },
          table: 'x',
        }),
        aggregate({
          by: ['country', 'user_id'],
          window: minutes(1),
          count: 'country',
          sum: { user_id: 'age' },
          min: { first: 'country', of_age: 'age' },
          max: { of_age: 'registered_at' },
          countOf: { countries: 'country' },
          table: 'more',
        }),
      );
    },
    [
      "aggregates[2].count is 'window': a word of SQL is no name. Rename it, e.g. 'signups'.",
      "aggregates[3].table is 'x': DynamoDB's tables have 3 to 255 letters, digits, ., _ and -. Use e.g. 'signups_by_country'.",
      'trigger.parallel is 2: Lambda hands the state of a window from one batch of a shard to the next, so that batches of a shard cannot run side by side. Leave parallel out, or the aggregates.',
      "aggregates[1].window is 120 s: aggregates[0] has windows of 60 s, and a stream's function is given one. Use the same window in all of them.",
      "aggregates[1].table is 'users': sinks[0] writes the same table. Give it a table of its own.",
      "aggregates[1].model is 'signups': records are handed on one by one, and SQL runs in the runs only. Write it as a row function: signups: rowFunction('./signups.ts', { from: 'records', columns: { … } }); name the source: model: 'records'.",
      "aggregates[2].table is 'by-country': aggregates[0] writes the same table. Give it a table of its own.",
      "aggregates[2].model is 'user': no model has that name. Did you mean 'users'?",
      "aggregates[3].by[0] is 'county': 'records' has no such column. Did you mean 'country'?",
      "aggregates[3].sum.n is 'age': it counts the records already. Give the sum another name.",
      "aggregates[3].sum.m is 'country': a text column has no sum. Name a column of numbers.",
      "aggregates[3].sum.o is 'ages': 'records' has no such column. Did you mean 'age'?",
      "aggregates[4].count is 'country': the items have that column of the group already. Use another name.",
      "aggregates[4].sum.user_id is 'user_id': the items have that column of the group already. Use another name.",
      "aggregates[4].min.first is 'country': a text column has no least value. Name a column of numbers, days or times.",
      "aggregates[4].max.of_age is 'registered_at': min has it already. Give the greatest value another name.",
    ],
  ],
  [
    'kinesis',
    (it) => {
      it.sinks.push(
        kinesis({ model: 'users', stream: 'a b', partitionBy: ['user_id'] as never, write: replace() } as never),
      );
    },
    [
      "sinks[3].write.mode is 'replace': records are only ever added to a stream. Leave write out.",
      "sinks[3].stream is 'a b': Kinesis' streams have 1 to 128 letters, digits, ., _ and -. Use e.g. 'users'.",
      'sinks[3].partitionBy is ["user_id"]: partitionBy is one column. Use e.g. partitionBy: \'user_id\'.',
      'sinks[3].write is replace(): each run publishes the records of some minutes, which would take the place of the whole table. Use merge(key) or append().',
    ],
  ],
  [
    'skips',
    (it) => {
      it.overlap = 'skip';
    },
    [
      "overlap is 'skip': a run that is skipped would not publish what is staged, and nothing would start another for it. Use overlap: 'queue': the run waits for its turn.",
    ],
  ],
  [
    'freshness of records',
    (it) => {
      it.freshness = { inputs: { records: hours(1) } };
    },
    [
      "freshness.inputs.records is 'records': no files land for that source: its records come from a stream. Leave it out: freshness: { within: … } tells when nothing new is published.",
    ],
  ],
  [
    'rebuilt from',
    (it) => {
      delete it.sources.records.columns.shard;
      it.sources.records.rebuildFrom = 'users-feed';
      delete it.sources.records.columns.shard;
    },
    [
      "sources.records.rebuildFrom is 'users-feed': raw records are read from what another pipeline has published. Use e.g. rebuildFrom: published('users-feed', 'raw_users').",
    ],
  ],
];

test.each(MISTAKES)('mistakes are named with their value, their rule and the remedy: %s', (_, spoil, expected) => {
  expect(spoilt(spoil)).toEqual(expected);
});

test('what is of a stream only is refused where files start the pipeline', () => {
  const definition = {
    ...shop(),
    sources: { orders: streamRecords({ columns: { id: text() } }) },
    aggregates: [aggregate({ by: [], window: minutes(1), count: 'orders', table: 'counts' })],
    sinks: [dynamoTable({ model: 'lines', table: 'lines', write: merge('id', { newestBy: 'at' }), live: true })],
  };

  expect(mistakes(definition)).toEqual([
    "sources.orders is streamRecords(…): records come from a stream, and s3Arrival starts the pipeline. Use trigger: streamOf('users'), or another source.",
    "sinks[0].live is true: only the records of a stream are written as they come, and s3Arrival starts the pipeline. Leave live out: each run writes the table; or use trigger: streamOf('users').",
    "aggregates is [aggregate(…)]: they count the records of a stream, and s3Arrival starts the pipeline. Use a model in SQL with GROUP BY, or trigger: streamOf('users').",
  ]);
});

test('runs of a stream read what is staged of it, gathered for some minutes', () => {
  const { trigger, sources, stream } = signupsPipeline();

  expect(trigger).toEqual({
    kind: 's3Arrival',
    patterns: ['streams/signups/**/*.ndjson.gz'],
    batch: { maxFiles: 1000, window: minutes(5) },
  });
  expect(sources.records).toEqual({
    kind: 'landedFiles',
    files: [{ glob: 'streams/signups/**/*.ndjson.gz', format: { kind: 'ndjson' } }],
    columns: stream!.records.columns,
    onDrift: { newColumns: 'ignore', missingColumns: 'ignore', changedTypes: 'quarantine' },
    onBadRow: { maxRate: 1 },
    memoryMb: 2048,
    rangeMiB: 256,
  });
  expect(stream).toMatchObject({
    trigger: { kind: 'streamOf', stream: 'signups', batch: 500 },
    source: 'records',
    records: { dedupe: { by: 'user_id' }, receivedAt: 'received_at' },
    aggregates: [{ table: 'by-country' }],
  });
});

/** Of two pipelines and the stream `signups`. */
const together = (...pipelines: readonly unknown[]): string[] => {
  try {
    refuseClashes(
      pipelines.map((one) => {
        const pipeline = definePipeline(one as never);
        return { folder: `state-machines/${pipeline.name}`, pipeline };
      }),
    );
    return [];
  } catch (error) {
    return (error as Error).message.split('\n').map((line) => line.replace('  - ', ''));
  }
};
const feed = (more: object = {}) => ({
  ...shop(),
  name: 'signups-feed',
  sinks: [
    postgres({ model: 'lines', table: 'raw.signups', write: append() }),
    kinesis({ model: 'lines', stream: 'signups', partitionBy: 'id', ...more }),
  ],
});

test('a stream has one reader, which others may feed', () => {
  const again = {
    ...signups(),
    name: 'more',
    sinks: [lake({ model: 'signups', table: 'signups', write: append(), partitionBy: [] })],
    aggregates: [],
    models: { signups: signups().models.signups },
  };

  expect(together(signups(), feed())).toEqual([]);
  expect(together(feed({ stream: 'elsewhere', external: true }))).toEqual([]);
  expect(together(signups(), again)).toEqual([
    "Pipeline 'more' has a mistake:",
    "trigger.stream is 'signups': pipeline 'signups' reads that stream, and its stack makes it. Publish what both need there, and start this one after it: trigger: after('signups'); or give it a stream of its own.",
  ]);
  expect(together(signups(), feed({ stream: 'signup' }))).toEqual([
    "Pipeline 'signups-feed' has a mistake:",
    "sinks[1].stream is 'signup': no pipeline of this project reads that stream, so none makes it. Did you mean 'signups'? For one that is there already, add external: true.",
  ]);
  expect(together(signups(), feed({ external: true }))).toEqual([
    "Pipeline 'signups-feed' has a mistake:",
    "sinks[1].external is true: pipeline 'signups' reads that stream, and its stack makes it. Leave external out.",
  ]);
  expect(
    together({
      ...signups(),
      sinks: [...signups().sinks, kinesis({ model: 'users', stream: 'signups', partitionBy: 'user_id' })],
    }),
  ).toEqual([
    "Pipeline 'signups' has a mistake:",
    "sinks[3].stream is 'signups': the pipeline would read its own records for ever. Name another stream.",
  ]);
});

test('what is staged of a stream starts no run of another pipeline, and its tables are its own', () => {
  const everything = {
    ...shop(),
    trigger: s3Arrival('**/*.gz'),
    sources: { orders: landedFiles({ ...shop().sources.orders, files: undefined, glob: '**/*.gz', format: csv() }) },
  };

  expect(together(signups(), everything)).toEqual([
    "Pipeline 'shop' has 2 mistakes:",
    "trigger.patterns[0] is '**/*.gz': pipeline 'signups' stages the records of its stream under streams/signups/**/*.ndjson.gz. Write a glob that matches none of them, e.g. with a folder in front.",
    "sources.orders.files[0].glob is '**/*.gz': pipeline 'signups' stages the records of its stream under streams/signups/**/*.ndjson.gz. Write a glob that matches none of them, e.g. with a folder in front.",
  ]);
  expect(
    together(signups(), {
      ...shop(),
      sinks: [dynamoTable({ model: 'lines', table: 'by-country', write: merge('id') })],
    }),
  ).toEqual([
    "Pipeline 'shop' has a mistake:",
    "sinks[0].table is 'by-country': pipeline 'signups' writes the same table. Give it a table of its own.",
  ]);
});

test('raw records are kept by a postgres sink of a pipeline that there is', () => {
  const from = (pipeline: string, model: string) => {
    const definition = signups();
    delete definition.sources.records.columns.shard;
    definition.sources.records.rebuildFrom = published(pipeline, model);
    // Only Kinesis knows it.
    delete definition.sources.records.columns.shard;
    return definition;
  };

  expect(together(feed(), from('signups-feed', 'lines'))).toEqual([]);
  expect(together(feed(), from('signup-feed', 'lines'))).toEqual([
    "Pipeline 'signups' has a mistake:",
    "sources.records.rebuildFrom is published('signup-feed', 'lines'): this project has no such pipeline. Did you mean 'signups-feed'?",
  ]);
  expect(together(feed(), from('signups-feed', 'line'))).toEqual([
    "Pipeline 'signups' has a mistake:",
    "sources.records.rebuildFrom is published('signups-feed', 'line'): no postgres sink of 'signups-feed' publishes that model, and the raw records are read from there. Did you mean 'lines'?",
  ]);
});
