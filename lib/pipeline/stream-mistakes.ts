/** What does not fit together where a stream starts a pipeline, or would need one that does. */
import { AGGREGATE_KINDS, type AggregateKind, STAGED_MEMBERS } from '../tasks/stream';
import { Column } from './columns';
import { type Problem, show, suggest } from './errors';

type Parts = Readonly<Record<string, unknown>>;

interface Definition {
  readonly trigger: Parts;
  readonly sources: Parts;
  readonly models: Parts;
  readonly sinks: readonly Parts[];
}

/** `aggregates` as they were written, of whatever shape. */
export function streamMistakes(definition: Definition, aggregates: unknown): Problem[] {
  const records = recordsIn(definition.sources);
  if (definition.trigger.kind !== 'streamOf') return withoutStream(definition, records, aggregates);
  const [first, ...more] = records;
  if (first === undefined) {
    const rule = 'no source reads the stream';
    const remedy = 'Add one: records: streamRecords({ columns: { … } }).';
    return [{ field: 'sources', value: show(Object.keys(definition.sources).join(', ')), rule, remedy }];
  }
  const [name, source] = first;
  const columns = columnsOf(source);
  return [
    ...more.map(([other]) => ({
      field: `sources.${other}`,
      value: 'streamRecords(…)',
      rule: `the stream has one contract, and '${name}' reads it already`,
      remedy: 'Declare the columns of all records in one source, and tell them apart in SQL.',
    })),
    ...othersBeside(definition.sources),
    ...namedColumns(name, source, columns),
    ...rebuildMistakes(name, source, columns),
    ...longerThanKept(definition.trigger),
    ...liveSinks(definition, name),
    ...runSinks(definition.sinks),
    ...aggregateMistakes(definition, name, asList(aggregates)),
  ];
}

const recordsIn = (sources: Parts): [string, Parts][] =>
  Object.entries(sources)
    .map(([name, source]): [string, Parts] => [name, asRecord(source)])
    .filter(([, { kind }]) => kind === 'streamRecords');

function withoutStream(
  { sinks, trigger }: Definition,
  records: readonly [string, Parts][],
  aggregates: unknown,
): Problem[] {
  const start = "trigger: streamOf('users')";
  const other = typeof trigger.kind === 'string' ? trigger.kind : 'its trigger';
  return [
    ...records.map(([name]) => ({
      field: `sources.${name}`,
      value: 'streamRecords(…)',
      rule: `records come from a stream, and ${other} starts the pipeline`,
      remedy: `Use ${start}, or another source.`,
    })),
    ...sinks.flatMap(({ live }, index) =>
      live === true
        ? [
            {
              field: `sinks[${index}].live`,
              value: 'true',
              rule: `only the records of a stream are written as they come, and ${other} starts the pipeline`,
              remedy: `Leave live out: each run writes the table; or use ${start}.`,
            },
          ]
        : [],
    ),
    ...(asList(aggregates).length > 0
      ? [
          {
            field: 'aggregates',
            value: show(aggregates),
            rule: `they count the records of a stream, and ${other} starts the pipeline`,
            remedy: `Use a model in SQL with GROUP BY, or ${start}.`,
          },
        ]
      : []),
  ];
}

/** What a run of staged records would join with is not there at the same time: published it may be, elsewhere. */
function othersBeside(sources: Parts): Problem[] {
  return Object.entries(sources).flatMap(([name, source]) => {
    const { kind } = asRecord(source);
    if (kind === 'streamRecords' || typeof kind !== 'string') return [];
    return [
      {
        field: `sources.${name}`,
        value: show(source),
        rule: 'a pipeline that a stream starts reads the stream and nothing else',
        remedy: `Join in a pipeline that starts after it: trigger: after('<this pipeline>'), or in a model of engine: 'redshift' over the tables.`,
      },
    ];
  });
}

function namedColumns(
  source: string,
  { dedupe, late, receivedAt }: Parts,
  columns: ReadonlyMap<string, Column>,
): Problem[] {
  const known = [...columns.keys()];
  const named = (option: string, name: unknown, types: readonly string[] | undefined, what: string): Problem[] => {
    if (typeof name !== 'string' || known.length === 0) return [];
    const at = { field: `sources.${source}.${option}`, value: show(name) };
    const column = columns.get(name);
    if (column === undefined) return [{ ...at, rule: 'the contract has no such column', remedy: suggest(name, known) }];
    const fits = (one: Column) => one.protection === undefined && types?.includes(one.type.type) !== false;
    if (types && !fits(column)) {
      const is = column.protection === undefined ? `a ${column.type.type} column` : 'personal data';
      const fit = known.filter((one) => fits(columns.get(one)!));
      const remedy =
        fit.length > 0 ? `Name another column: ${fit.join(', ')}.` : `Declare one: ${name}_at: ${types[0]}().`;
      return [{ ...at, rule: `${is} cannot say ${what}`, remedy }];
    }
    return [];
  };
  const by = asRecord(dedupe).by;
  const keys = typeof by === 'string' ? [by] : asList(by);
  const unfit = keys.flatMap((key, index): Problem[] => {
    const field = typeof by === 'string' ? 'dedupe.by' : `dedupe.by[${index}]`;
    const type = typeof key === 'string' ? columns.get(key)?.type.type : undefined;
    if (type !== 'json' && type !== 'double') return named(field, key, undefined, '');
    const rule = `a ${type} column cannot tell duplicates: one value may be written in several ways`;
    return [{ field: `sources.${source}.${field}`, value: show(key), rule, remedy: 'Name another column.' }];
  });
  return [
    ...unfit,
    ...named('late.by', asRecord(late).by, ['timestamp', 'date'], 'when something happened'),
    ...named('receivedAt', receivedAt, ['timestamp'], 'when a record was received'),
  ];
}

/** What a rebuild from where all records are kept needs to know of each. */
function rebuildMistakes(
  source: string,
  { rebuildFrom, receivedAt }: Parts,
  columns: ReadonlyMap<string, Column>,
): Problem[] {
  if (rebuildFrom === undefined) return [];
  const ofKinesis = [...columns].filter(([, { header }]) => OF_KINESIS.includes(header ?? ''));
  const problems = ofKinesis.map(([name, { header }]): Problem => {
    const rule = 'only Kinesis knows it, and where all records are kept it is not';
    const remedy = 'Leave the column out, or let the producer put it into the record.';
    return { field: `sources.${source}.columns.${name}`, value: show(header), rule, remedy };
  });
  if (receivedAt !== undefined) return problems;
  const rule = 'a rebuild is of the records that were received in a time span, and nothing says when they were';
  const remedy = `Name the column, e.g. receivedAt: 'received_at'.`;
  return [...problems, { field: `sources.${source}.receivedAt`, value: 'missing', rule, remedy }];
}

const OF_KINESIS: readonly string[] = [STAGED_MEMBERS.shard, STAGED_MEMBERS.sequence, STAGED_MEMBERS.received];

const HOUR_SECONDS = 3600;
const DEFAULT_RETENTION_SECONDS = 7 * 24 * HOUR_SECONDS;

/** A record that the stream has dropped cannot be tried again. */
function longerThanKept({ retry, retention }: Parts): Problem[] {
  const kept = secondsOf(retention) ?? DEFAULT_RETENTION_SECONDS;
  const { maxAge } = asRecord(retry);
  const tried = secondsOf(maxAge);
  if (tried === undefined || tried <= kept) return [];
  const rule = `the stream keeps a record for ${kept / HOUR_SECONDS} hours, so it is gone by then`;
  const remedy = `Use at most maxAge: hours(${kept / HOUR_SECONDS}), or a longer retention.`;
  return [{ field: 'trigger.retry.maxAge', value: show(maxAge), rule, remedy }];
}

const secondsOf = (value: unknown): number | undefined => {
  const { seconds } = asRecord(value);
  return typeof seconds === 'number' ? seconds : undefined;
};

/** Whether records can be handed to it one by one, else why not. */
function notRowByRow(
  model: string,
  { models }: Definition,
  source: string,
): Pick<Problem, 'rule' | 'remedy'> | undefined {
  if (model === source) return undefined;
  const { kind, from } = asRecord(models[model]);
  if (kind === 'rowFunction' && from === source) return undefined;
  if (kind === 'rowFunction' && typeof from === 'string') {
    const rule = `its rows come from '${from}', which only runs make`;
    return {
      rule,
      remedy: `Use a row function over the records themselves (from: '${source}'), or the source: model: '${source}'.`,
    };
  }
  const rule = `records are handed on one by one, and SQL runs in the runs only`;
  return {
    rule,
    remedy: `Write it as a row function: ${model}: rowFunction('./${model}.ts', { from: '${source}', columns: { … } }); name the source: model: '${source}'; or leave live out.`,
  };
}

function liveSinks(definition: Definition, source: string): Problem[] {
  let taken: string | undefined;
  return definition.sinks.flatMap(({ live, model, write }, index): Problem[] => {
    if (live !== true) return [];
    const { mode, newestBy } = asRecord(write);
    const problems: Problem[] = [];
    if (typeof model === 'string' && (model === source || model in definition.models)) {
      const wrong = notRowByRow(model, definition, source);
      const at = { field: `sinks[${index}].model`, value: show(model) };
      if (wrong) problems.push({ ...at, ...wrong });
      else if (model !== source) {
        taken ??= model;
        if (taken !== model) problems.push({ ...at, ...oneFunction(taken) });
      }
    }
    if (mode === 'replace') {
      const rule = 'records come one by one: none of them is the whole table';
      problems.push({
        field: `sinks[${index}].write`,
        value: 'replace()',
        rule,
        remedy: "Use merge(key, { newestBy: '…' }).",
      });
    } else if (mode === 'merge' && newestBy === undefined) {
      const rule = 'records come in any order and some of them twice, so it must be known which is the newest of a key';
      const remedy = "Name a column, e.g. merge('user_id', { newestBy: 'received_at' }).";
      problems.push({ field: `sinks[${index}].write.newestBy`, value: 'missing', rule, remedy });
    }
    return problems;
  });
}

const oneFunction = (taken: string): Pick<Problem, 'rule' | 'remedy'> => ({
  rule: `the function that takes records has '${taken}' in it already, and room for one`,
  remedy: `Use '${taken}' in all live sinks and aggregates, or leave live out.`,
});

function runSinks(sinks: readonly Parts[]): Problem[] {
  if (sinks.length === 0) return [];
  const ofRuns = sinks.filter(({ live }) => live !== true);
  const problems = ofRuns.flatMap(({ write }, index): Problem[] => {
    if (asRecord(write).mode !== 'replace') return [];
    const field = `sinks[${sinks.indexOf(ofRuns[index]!)}].write`;
    const rule = 'each run publishes the records of some minutes, which would take the place of the whole table';
    return [{ field, value: 'replace()', rule, remedy: 'Use merge(key) or append().' }];
  });
  if (ofRuns.length > 0) return problems;
  return [
    {
      field: 'sinks',
      value: 'live ones only',
      rule: 'what comes is staged, and nothing would ever publish it',
      remedy:
        "Add a sink that runs write, e.g. lake({ model: 'users', table: 'users', write: append(), partitionBy: ['day'] }).",
    },
  ];
}

const NUMBERS = ['bigint', 'integer', 'decimal', 'double'];

function aggregateMistakes(definition: Definition, source: string, aggregates: readonly unknown[]): Problem[] {
  const { trigger, sinks, sources, models } = definition;
  const all = aggregates.map(asRecord);
  const [first] = all;
  if (first === undefined) return [];
  const problems: Problem[] = [];
  if (Number(trigger.parallel) > 1) {
    problems.push({
      field: 'trigger.parallel',
      value: show(trigger.parallel),
      rule: 'Lambda hands the state of a window from one batch of a shard to the next, so that batches of a shard cannot run side by side',
      remedy: 'Leave parallel out, or the aggregates.',
    });
  }
  let taken = sinks.find(
    ({ live, model }) => live === true && model !== source && asRecord(models[String(model)]).kind === 'rowFunction',
  )?.model;
  all.forEach(({ window, table, model = source, by, count }, index) => {
    const field = `aggregates[${index}]`;
    if (secondsOf(window) !== undefined && secondsOf(window) !== secondsOf(first.window)) {
      const rule = `aggregates[0] has windows of ${show(first.window)}, and a stream's function is given one`;
      problems.push({
        field: `${field}.window`,
        value: show(window),
        rule,
        remedy: 'Use the same window in all of them.',
      });
    }
    const sink = sinks.findIndex((one) => one.kind === 'dynamoTable' && one.table === table);
    const other = all.findIndex((one) => one.table === table);
    if (typeof table === 'string' && (sink >= 0 || other < index)) {
      const rule = `${sink >= 0 ? `sinks[${sink}]` : `aggregates[${other}]`} writes the same table`;
      problems.push({ field: `${field}.table`, value: show(table), rule, remedy: 'Give it a table of its own.' });
    }
    if (typeof model !== 'string') return;
    const at = { field: `${field}.model`, value: show(model) };
    if (model !== source && !(model in models)) {
      problems.push({
        ...at,
        rule: 'no model has that name',
        remedy: suggest(model, [source, ...Object.keys(models)]),
      });
      return;
    }
    const wrong = notRowByRow(model, definition, source);
    if (wrong) {
      problems.push({ ...at, rule: wrong.rule, remedy: wrong.remedy.replace('; or leave live out', '') });
      return;
    }
    if (model !== source) {
      taken ??= model;
      if (taken !== model) problems.push({ ...at, ...oneFunction(String(taken)) });
    }
    const columns = columnsOf(asRecord(model === source ? sources[model] : models[model]));
    if (columns.size === 0) return;
    const known = [...columns.keys()];
    asList(by).forEach((name, place) => {
      if (typeof name !== 'string' || columns.has(name)) return;
      const rule = `'${model}' has no such column`;
      problems.push({ field: `${field}.by[${place}]`, value: show(name), rule, remedy: suggest(name, known) });
    });
    const named = new Map<unknown, string>([[count, 'count']]);
    if (asList(by).includes(count)) problems.push(ofGroup(`${field}.count`, count));
    for (const how of AGGREGATE_KINDS) {
      for (const [name, column] of Object.entries(asRecord(all[index]![how]))) {
        const place = `${field}.${how}.${name}`;
        const before = named.get(name);
        if (before !== undefined) {
          const rule = before === 'count' ? 'it counts the records already' : `${before} has it already`;
          problems.push({ field: place, value: show(column), rule, remedy: `Give the ${WORDS[how]} another name.` });
        }
        named.set(name, how);
        if (asList(by).includes(name)) problems.push(ofGroup(place, name));
        if (typeof column !== 'string') continue;
        const of = columns.get(column);
        if (of !== undefined && isAggregable(of, how)) continue;
        const type = of?.protection === undefined ? `a ${of?.type.type} column` : 'personal data';
        const rule = of === undefined ? `'${model}' has no such column` : `${type} has no ${WORDS[how]}`;
        const remedy =
          of === undefined
            ? suggest(column, known)
            : how === 'sum'
              ? 'Name a column of numbers.'
              : 'Name a column of numbers, days or times.';
        problems.push({ field: place, value: show(column), rule, remedy });
      }
    }
  });
  return problems;
}

const WORDS = { sum: 'sum', min: 'least value', max: 'greatest value', countOf: 'count' } as const;

const ofGroup = (field: string, name: unknown): Problem => ({
  field,
  value: show(name),
  rule: 'the items have that column of the group already',
  remedy: 'Use another name.',
});

function isAggregable({ type, protection }: Column, how: AggregateKind): boolean {
  if (how === 'countOf') return true;
  if (protection !== undefined) return false;
  return NUMBERS.includes(type.type) || (how !== 'sum' && (type.type === 'date' || type.type === 'timestamp'));
}

const columnsOf = ({ columns }: Parts): ReadonlyMap<string, Column> =>
  new Map(Object.entries(asRecord(columns)).filter((entry): entry is [string, Column] => entry[1] instanceof Column));

const asRecord = (value: unknown): Parts =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Parts) : {};
const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
