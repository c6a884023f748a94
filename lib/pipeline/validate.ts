/** What refers to what in a definition: names that must exist, must differ, must not be reserved. */
import { type Problem, show, suggest } from './errors';
import type { PipelineDefinition } from './types';

/** Kept for the bookkeeping columns and for what `extract-files` adds (`_row`, `_file`). */
const RESERVED_PREFIX = '_';
/** PostgreSQL's and DuckDB's own words for a column or table that cannot be written without quotes. */
const RESERVED_NAMES = new Set([
  'select',
  'from',
  'where',
  'group',
  'order',
  'table',
  'user',
  'all',
  'and',
  'or',
  'not',
  'null',
  'limit',
  'union',
  'with',
]);

export function validateReferences(definition: PipelineDefinition): Problem[] {
  return [
    ...modelNames(definition),
    ...columnNames(definition),
    ...sinkModels(definition),
    ...distinctTables(definition),
    ...checkModels(definition),
  ];
}

function modelNames({ sources, models }: PipelineDefinition): Problem[] {
  const problems: Problem[] = [];
  for (const [kind, names] of [
    ['sources', Object.keys(sources)],
    ['models', Object.keys(models)],
  ] as const) {
    for (const name of names) {
      if (RESERVED_NAMES.has(name)) {
        problems.push({
          field: `${kind}.${name}`,
          rule: `'${name}' is a word of SQL`,
          remedy: `Rename it, e.g. '${name}s'.`,
        });
      }
    }
  }
  for (const name of Object.keys(models)) {
    if (name in sources) {
      problems.push({
        field: `models.${name}`,
        rule: 'a model and a source have the same name, so SQL could not tell them apart',
        remedy: `Rename one, e.g. the source to 'raw_${name}'.`,
      });
    }
  }
  return problems;
}

function columnNames({ sources }: PipelineDefinition): Problem[] {
  return Object.entries(sources).flatMap(([source, { columns }]) => {
    const problems: Problem[] = [];
    const headers = new Map<string, string>();
    for (const [name, column] of Object.entries(columns)) {
      const field = `sources.${source}.columns.${name}`;
      if (name.startsWith(RESERVED_PREFIX)) {
        problems.push({ field, rule: 'names that begin with _ are kept for bookkeeping', remedy: 'Rename it.' });
      }
      const header = column.header ?? name;
      const other = headers.get(header);
      if (other)
        problems.push({
          field,
          value: show(header),
          rule: `'${other}' is read from the same header`,
          remedy: 'Give each column a header of its own.',
        });
      headers.set(header, name);
    }
    return problems;
  });
}

function sinkModels({ sinks, models, sources }: PipelineDefinition): Problem[] {
  return sinks.flatMap(({ model }, index) => unknownModel(`sinks[${index}].model`, model, models, sources));
}

function checkModels({ checks, models, sources }: PipelineDefinition): Problem[] {
  return (checks ?? []).flatMap(({ model }, index) => unknownModel(`checks[${index}].model`, model, models, sources));
}

function unknownModel(field: string, model: string, models: object, sources: object): Problem[] {
  if (model in models) return [];
  return [
    {
      field,
      value: show(model),
      rule: model in sources ? 'that is a source; sinks and checks work on models' : 'no model has that name',
      remedy:
        model in sources
          ? `Add a model, e.g. ${model}_rows: sql.text('SELECT * FROM ${model}').`
          : suggest(model, Object.keys(models)),
    },
  ];
}

function distinctTables({ sinks }: PipelineDefinition): Problem[] {
  const seen = new Map<string, number>();
  return sinks.flatMap(({ kind, table }, index) => {
    const id = `${kind}:${table}`;
    const first = seen.get(id);
    seen.set(id, first ?? index);
    if (first === undefined) return [];
    return [
      {
        field: `sinks[${index}].table`,
        value: show(table),
        rule: `sinks[${first}] writes the same ${kind} table`,
        remedy: 'Give each sink a table of its own, or join the models in SQL.',
      },
    ];
  });
}
