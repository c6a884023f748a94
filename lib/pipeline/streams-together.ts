/** What the pipelines of one project owe each other's streams: who reads one, who writes it, and what is staged of it. */
import { type Problem, show, suggest } from './errors';
import { mayMatchTheSame } from './globs';
import type { Pipeline } from './types';

/** Of one pipeline among all. */
export function streamProblems(pipeline: Pipeline, all: readonly Pipeline[]): Problem[] {
  const before = all.slice(0, all.indexOf(pipeline));
  return [
    ...readTwice(pipeline, before),
    ...recordsForNobody(pipeline, all),
    ...stagedForOthers(pipeline, all),
    ...rebuiltFromNothing(pipeline, all),
    ...tablesOfAggregates(pipeline, before),
  ];
}

function readTwice({ stream }: Pipeline, before: readonly Pipeline[]): Problem[] {
  if (stream === undefined) return [];
  const other = before.find((one) => one.stream?.trigger.stream === stream.trigger.stream);
  if (other === undefined) return [];
  const rule = `pipeline '${other.name}' reads that stream, and its stack makes it`;
  const remedy = `Publish what both need there, and start this one after it: trigger: after('${other.name}'); or give it a stream of its own.`;
  return [{ field: 'trigger.stream', value: show(stream.trigger.stream), rule, remedy }];
}

function recordsForNobody({ sinks, stream }: Pipeline, all: readonly Pipeline[]): Problem[] {
  const readers = new Map(all.flatMap((one) => (one.stream ? [[one.stream.trigger.stream, one.name]] : [])));
  return sinks.flatMap((sink, index): Problem[] => {
    if (sink.kind !== 'kinesis') return [];
    const at = { field: `sinks[${index}].stream`, value: show(sink.stream) };
    if (sink.stream === stream?.trigger.stream) {
      const rule = 'the pipeline would read its own records for ever';
      return [{ ...at, rule, remedy: 'Name another stream.' }];
    }
    const reader = readers.get(sink.stream);
    if (reader === undefined && !sink.external) {
      const rule = 'no pipeline of this project reads that stream, so none makes it';
      const known = suggest(sink.stream, [...readers.keys()]);
      const named = readers.size === 0 ? '' : `${known} `;
      return [{ ...at, rule, remedy: `${named}For one that is there already, add external: true.` }];
    }
    if (reader !== undefined && sink.external) {
      const rule = `pipeline '${reader}' reads that stream, and its stack makes it`;
      return [{ field: `sinks[${index}].external`, value: 'true', rule, remedy: 'Leave external out.' }];
    }
    return [];
  });
}

/** A file that is staged of one pipeline's stream starts no run of another. */
function stagedForOthers({ name, trigger, sources }: Pipeline, all: readonly Pipeline[]): Problem[] {
  const staged = all.flatMap((one) =>
    one.stream && one.name !== name && one.trigger.kind === 's3Arrival'
      ? one.trigger.patterns.map((pattern) => ({ pattern, pipeline: one.name }))
      : [],
  );
  const globs = [
    ...(trigger.kind === 's3Arrival'
      ? trigger.patterns.map((glob, index) => ({ field: `trigger.patterns[${index}]`, glob }))
      : []),
    ...Object.entries(sources).flatMap(([source, one]) =>
      one.kind === 'landedFiles'
        ? one.files.map(({ glob }, index) => ({ field: `sources.${source}.files[${index}].glob`, glob }))
        : [],
    ),
  ];
  return globs.flatMap(({ field, glob }) => {
    const other = staged.find(({ pattern }) => mayMatchTheSame(pattern, glob));
    if (other === undefined) return [];
    const rule = `pipeline '${other.pipeline}' stages the records of its stream under ${other.pattern}`;
    return [
      {
        field,
        value: show(glob),
        rule,
        remedy: 'Write a glob that matches none of them, e.g. with a folder in front.',
      },
    ];
  });
}

function rebuiltFromNothing({ stream }: Pipeline, all: readonly Pipeline[]): Problem[] {
  const from = stream?.records.rebuildFrom;
  if (stream === undefined || from === undefined) return [];
  const at = {
    field: `sources.${stream.source}.rebuildFrom`,
    value: `published('${from.pipeline}', '${from.model}')`,
  };
  const other = all.find(({ name }) => name === from.pipeline);
  if (other === undefined) {
    const others = all.filter((one) => one.stream !== stream).map(({ name }) => name);
    return [{ ...at, rule: 'this project has no such pipeline', remedy: suggest(from.pipeline, others) }];
  }
  const kept = other.sinks.flatMap((sink) => (sink.kind === 'postgres' ? [sink.model] : []));
  if (kept.includes(from.model)) return [];
  const rule = `no postgres sink of '${other.name}' publishes that model, and the raw records are read from there`;
  const remedy = kept.length > 0 ? suggest(from.model, kept) : 'Add one: postgres({ … }).';
  return [{ ...at, rule, remedy }];
}

/** Tables of DynamoDB are one another's neighbours in an account. */
function tablesOfAggregates(pipeline: Pipeline, before: readonly Pipeline[]): Problem[] {
  const taken = new Map(before.flatMap((one) => itemTables(one).map(({ table }) => [table, one.name])));
  return itemTables(pipeline).flatMap(({ table, field, isAggregate }) => {
    const other = before.find(({ name }) => name === taken.get(table));
    // Two sinks of one table are told elsewhere.
    if (other === undefined || (!isAggregate && !other.stream?.aggregates.some((one) => one.table === table)))
      return [];
    const rule = `pipeline '${other.name}' writes the same table`;
    return [{ field, value: show(table), rule, remedy: 'Give it a table of its own.' }];
  });
}

const itemTables = ({ sinks, stream }: Pipeline) => [
  ...sinks.flatMap((sink, index) =>
    sink.kind === 'dynamoTable' ? [{ table: sink.table, field: `sinks[${index}].table`, isAggregate: false }] : [],
  ),
  ...(stream?.aggregates ?? []).map(({ table }, index) => ({
    table,
    field: `aggregates[${index}].table`,
    isAggregate: true,
  })),
];
