/**
 * What refers to what in a definition: names that must exist and must differ, files that must start a run. The shape is checked
 * beside this (`schema.ts`), so parts of a wrong shape are passed over here: all mistakes are reported together.
 */
import { dateTokensOf } from '../tasks/dated-globs';
import { Column } from './columns';
import { driftMistakes } from './drift-mistakes';
import { type Problem, show, suggest } from './errors';
import { firesWithin, type Unit } from './fires-within';
import { gatherMistakes, gathers } from './gather-mistakes';
import { datedGlobMistake, globMistake, mayMatchTheSame } from './globs';
import { nameOf } from './header-name';
import { overlapMistakes } from './overlap';
import { piiMistakes } from './pii-mistakes';
import { SECRET_REMEDY, SECRET_RULE, secretIn } from './secrets';
import { intervalTokens } from './sources/interval-tokens';
import { stateMistakes } from './state-mistakes';
import { streamMistakes } from './stream-mistakes';
import { watchMistakes } from './watch-mistakes';

export function validateReferences(definition: unknown): Problem[] {
  const parts = read(definition);
  return [
    ...sameNames(parts),
    ...headers(parts),
    ...columnsWithoutWidth(parts),
    ...unknownModels(parts),
    ...sameTables(parts),
    ...intervalsWithoutSchedule(parts),
    ...filesOfIntervals(parts),
    ...filesThatStartNoRun(parts),
    ...gatherMistakes(parts),
    ...readWithoutAfter(parts),
    ...networksOfOneFunction(parts),
    ...driftMistakes(parts.sources, parts.sinks),
    ...piiMistakes(parts.sources, parts.models),
    ...overlapMistakes(parts.overlap, parts.trigger),
    ...stateMistakes(parts.name, parts.sources),
    ...streamMistakes(parts, asRecord(definition).aggregates),
    ...watchMistakes(asRecord(definition), parts),
    ...secrets(definition, ''),
  ];
}

/** What could be read of a definition whose shape may be wrong. */
interface Parts {
  readonly name: string;
  readonly sources: Readonly<Record<string, unknown>>;
  readonly models: Readonly<Record<string, unknown>>;
  readonly sinks: readonly Readonly<Record<string, unknown>>[];
  readonly checks: readonly Readonly<Record<string, unknown>>[];
  readonly patterns: readonly string[];
  readonly trigger: Readonly<Record<string, unknown>>;
  readonly overlap: unknown;
}

function read(definition: unknown): Parts {
  const { overlap, name, sources, models, sinks, checks, trigger } = asRecord(definition);
  return {
    name: typeof name === 'string' ? name : '',
    sources: asRecord(sources),
    models: asRecord(models),
    sinks: asList(sinks).map(asRecord),
    checks: asList(checks).map(asRecord),
    patterns: globsOnly(asList(asRecord(trigger).patterns), gathers(asRecord(trigger))),
    trigger: asRecord(trigger),
    overlap,
  };
}

const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const globsOnly = (values: readonly unknown[], mayBeDated = false): string[] =>
  values.filter(
    (value): value is string =>
      typeof value === 'string' && (mayBeDated ? datedGlobMistake : globMistake)(value) === undefined,
  );

function sameNames({ sources, models }: Parts): Problem[] {
  return Object.keys(models)
    .filter((name) => name in sources)
    .map((name) => ({
      field: `models.${name}`,
      rule: 'a model and a source have the same name, so SQL could not tell them apart',
      remedy: `Rename one, e.g. the source to 'raw_${name}'.`,
    }));
}

function headers({ sources }: Parts): Problem[] {
  return Object.entries(sources).flatMap(([source, value]) => {
    const columns = Object.entries(asRecord(asRecord(value).columns)).filter(
      (entry): entry is [string, Column] => entry[1] instanceof Column,
    );
    return columns.flatMap(([name, { header }], index) => {
      if (header === undefined) return [];
      const field = `sources.${source}.columns.${name}`;
      if (typeof header !== 'string' || header === '') {
        return [
          { field, value: show(header), rule: 'a header has a name', remedy: 'Name it in from(…), or leave from out.' },
        ];
      }
      const other = columns.find(([otherName, one], at) =>
        one.header === undefined
          ? otherName !== name && otherName === nameOf(header)
          : one.header === header && at < index,
      );
      if (other === undefined) return [];
      const rule = `'${other[0]}' is read from the same header`;
      return [{ field, value: `read from ${show(header)}`, rule, remedy: 'Give each column a header of its own.' }];
    });
  });
}

/** A column that no field of the lines holds would be NULL for ever. */
function columnsWithoutWidth({ sources }: Parts): Problem[] {
  return Object.entries(sources).flatMap(([source, value]) => {
    const { columns, files } = asRecord(value);
    return asList(files).flatMap((file, index) => {
      const { kind, fields } = asRecord(asRecord(file).format);
      if (kind !== 'fixedWidth' || !Array.isArray(fields)) return [];
      const names = fields.flatMap((field) => asRecord(field).name ?? []).map(String);
      if (names.length < fields.length) return [];
      const twice = names.find((name, at) => names.findIndex((other) => nameOf(other) === nameOf(name)) < at);
      const at = { field: `sources.${source}.files[${index}].format` };
      if (twice !== undefined) {
        return [{ ...at, value: show(twice), rule: 'two fields have that name', remedy: 'Rename one, e.g. filler_2.' }];
      }
      return Object.entries(asRecord(columns)).flatMap(([name, column]) => {
        const header = column instanceof Column ? column.header : undefined;
        if (names.some((field) => (header === undefined ? nameOf(field) === name : field === header))) return [];
        const rule = `its widths have no field for column '${name}'`;
        return [{ ...at, value: show(names.join(', ')), rule, remedy: suggest(header ?? name, names) }];
      });
    });
  });
}

function unknownModels({ sinks, checks, models, sources }: Parts): Problem[] {
  const named = [
    // Live sinks may write the source: `stream-mistakes.ts`.
    ...sinks.flatMap(({ model, live }, index) =>
      live === true && typeof model === 'string' && model in sources ? [] : [{ field: `sinks[${index}].model`, model }],
    ),
    ...checks.map(({ model }, index) => ({ field: `checks[${index}].model`, model })),
    ...checks.flatMap(({ references }, index) =>
      references === undefined
        ? []
        : [{ field: `checks[${index}].references.model`, model: asRecord(references).model }],
    ),
  ];
  return named.flatMap(({ field, model }) => {
    if (typeof model !== 'string' || model in models || Object.keys(models).length === 0) return [];
    const isSource = model in sources;
    return [
      {
        field,
        value: show(model),
        rule: isSource ? 'that is a source; sinks and checks work on models' : 'no model has that name',
        remedy: isSource
          ? `Add a model, e.g. ${model}_rows: sql.text('SELECT * FROM ${model}').`
          : suggest(model, Object.keys(models)),
      },
    ];
  });
}

function sameTables({ sinks }: Parts): Problem[] {
  const seen = new Map<string, number>();
  return sinks.flatMap(({ kind, table }, index) => {
    if (typeof table !== 'string') return [];
    const id = `${String(kind)}:${table}`;
    const first = seen.get(id);
    seen.set(id, first ?? index);
    if (first === undefined) return [];
    return [
      {
        field: `sinks[${index}].table`,
        value: show(table),
        rule: `sinks[${first}] writes the same ${String(kind)} table`,
        remedy: 'Give each sink a table of its own, or join the models in SQL.',
      },
    ];
  });
}

/** Files have no data interval. */
function intervalsWithoutSchedule({ sources, sinks, trigger }: Parts): Problem[] {
  if (trigger.kind !== 's3Arrival' && trigger.kind !== 'streamOf') return [];
  const starter = trigger.kind === 's3Arrival' ? 'a file' : 'a stream';
  const ofSources = Object.entries(sources).flatMap(([name, value]): Problem[] => {
    const source = asRecord(value);
    const remedy = 'Remove it, or use a trigger by cron().';
    if (source.cursor !== undefined) {
      const rule = `a run that ${starter} starts has no data interval that a cursor could follow`;
      return [{ field: `sources.${name}.cursor`, value: show(source.cursor), rule, remedy }];
    }
    return intervalTokens(source.config).map(({ option, text, token }) => {
      const rule = `a run that ${starter} starts has no data interval, which ${token} stands for`;
      return { field: `sources.${name}.${option}`, value: show(text), rule, remedy };
    });
  });
  const ofSinks = sinks.flatMap(({ write }, index) => {
    const { mode, interval } = asRecord(write);
    if (mode !== 'replace' || interval === undefined) return [];
    if (trigger.kind === 'streamOf') return [];
    const rule = 'a run that a file starts has no data interval';
    const remedy = 'Use replace() for the whole table, merge(key), or a trigger by cron().';
    return [{ field: `sinks[${index}].write.interval`, value: show(interval), rule, remedy }];
  });
  return [...ofSources, ...ofSinks];
}

const OPTIONS_OF_INTERVALS = ['intervalsBack', 'optional', 'tolerate'] as const;

/** Runs that a file starts read that file, whatever the date is. */
function filesOfIntervals({ sources, trigger }: Parts): Problem[] {
  return Object.entries(sources).flatMap(([name, value]) => {
    const source = asRecord(value);
    if (source.kind !== 'landedFiles') return [];
    const globs = asList(source.files).map((file) => asRecord(file).glob);
    const dated = globs.map((glob) =>
      typeof glob === 'string' && datedGlobMistake(glob) === undefined ? dateTokensOf(glob) : [],
    );
    if (trigger.kind === 'streamOf') return [];
    if (trigger.kind !== 's3Arrival') {
      const { intervalsBack } = source;
      if (dated.some((tokens) => tokens.length > 0)) {
        return dated.flatMap((tokens, index) => {
          const mistake = tooRarelyDated(tokens.at(-1), trigger.cron);
          return mistake
            ? [{ field: `sources.${name}.files[${index}].glob`, value: show(globs[index]), ...mistake }]
            : [];
        });
      }
      if (!(Number(intervalsBack) > 0)) return [];
      const rule = 'no date stands in its globs, so each interval has the same files';
      const remedy = "Write e.g. 'clicks/{yyyy}/{MM}/{dd}/*.csv', or remove intervalsBack.";
      return [{ field: `sources.${name}.intervalsBack`, value: show(intervalsBack), rule, remedy }];
    }
    return [
      ...dated.flatMap((tokens, index) => {
        if (tokens.length === 0 || gathers(trigger)) return [];
        const field = `sources.${name}.files[${index}].glob`;
        const rule = 'a run that a file starts has no date';
        return [{ field, value: show(globs[index]), rule, remedy: `Write * in place of ${tokens[0]}, or use cron().` }];
      }),
      ...OPTIONS_OF_INTERVALS.filter((option) => source[option] !== undefined).map((option) => ({
        field: `sources.${name}.${option}`,
        value: show(source[option]),
        rule: 'it is for runs of a schedule; a run that a file starts reads that file',
        remedy: 'Remove it, or use cron().',
      })),
    ];
  });
}

const UNITS: Readonly<Record<string, { unit: Unit; each: string; smaller?: string }>> = {
  '{yyyy}': { unit: 'year', each: "a year's", smaller: '{MM}' },
  '{MM}': { unit: 'month', each: "a month's", smaller: '{dd}' },
  '{dd}': { unit: 'day', each: "a day's", smaller: '{HH}' },
  '{HH}': { unit: 'hour', each: "an hour's" },
};

/** Files of a day are read once, when it is over: all other runs of that day would find nothing. */
function tooRarelyDated(smallest: string | undefined, cron: unknown): Pick<Problem, 'rule' | 'remedy'> | undefined {
  const dated = UNITS[smallest ?? ''];
  if (!dated || typeof cron !== 'string' || !firesWithin(cron, dated.unit)) return undefined;
  const { unit, each, smaller } = dated;
  return {
    rule: `the schedule ${show(cron)} fires several times in one ${unit}, and ${each} files belong to one run`,
    remedy: `${smaller ? `Add ${smaller} to the glob, or use` : 'Use'} a schedule that fires once in each ${unit} at most.`,
  };
}

/** A pattern whose files no source reads starts runs that do nothing; a source that no pattern reaches never gets a row. */
function filesThatStartNoRun({ patterns, sources, trigger }: Parts): Problem[] {
  const mayBeDated = gathers(trigger);
  const globs = Object.entries(sources).map(([name, source]) => ({
    name,
    globs: globsOnly(
      asList(asRecord(source).files).map((file) => asRecord(file).glob),
      mayBeDated,
    ),
  }));
  const all = globs.flatMap((source) => source.globs);
  if (patterns.length === 0 || all.length === 0) return [];
  return [
    ...patterns.flatMap((pattern, index) =>
      all.some((glob) => mayMatchTheSame(pattern, glob))
        ? []
        : [
            {
              field: `trigger.patterns[${index}]`,
              value: show(pattern),
              rule: 'no source reads such files',
              remedy: suggest(pattern, all),
            },
          ],
    ),
    ...globs.flatMap((source) =>
      source.globs.length === 0 ||
      source.globs.some((glob) => patterns.some((pattern) => mayMatchTheSame(pattern, glob)))
        ? []
        : [
            {
              field: `sources.${source.name}.files`,
              value: show(source.globs.join(', ')),
              rule: 'no pattern of the trigger starts a run for such files, so they would never be read',
              remedy: `Add one: s3Arrival('${source.globs[0]}').`,
            },
          ],
    ),
  ];
}

/** A run reads what has started it: files, or what another pipeline has published. */
function readWithoutAfter({ sources, trigger }: Parts): Problem[] {
  const upstream = trigger.kind === 'after' && typeof trigger.pipeline === 'string' ? trigger.pipeline : undefined;
  return Object.entries(sources).flatMap(([name, value]) => {
    const { kind, pipeline, model } = asRecord(value);
    const field = `sources.${name}`;
    if (kind === 'landedFiles' && upstream !== undefined) {
      const rule = 'a run that another pipeline starts looks for no files';
      const remedy = `Read them in '${upstream}', and here what it makes of them: published('${upstream}', '<model>'); or use s3Arrival() or cron().`;
      return [{ field, rule, remedy }];
    }
    // What is no text is told by the shape.
    if (kind !== 'published' || typeof pipeline !== 'string' || typeof model !== 'string') return [];
    if (trigger.kind === 'after' && (upstream === undefined || upstream === pipeline)) return [];
    const at = { field, value: `published(${show(pipeline)}, ${show(model)})` };
    const start = `start it after that one: trigger: after('${pipeline}')`;
    if (upstream === undefined) {
      const rule = 'only a run that another pipeline starts knows what that has published';
      return [{ ...at, rule, remedy: `${start.charAt(0).toUpperCase()}${start.slice(1)}.` }];
    }
    if (model === upstream) {
      const rule = 'the pipeline comes first, then the model';
      return [{ ...at, rule, remedy: `Write published('${model}', '${pipeline}').` }];
    }
    const rule = `the run is started by '${upstream}', so it knows no load of '${pipeline}'`;
    return [
      {
        ...at,
        rule,
        remedy: `Read what '${upstream}' has published: published('${upstream}', '<model>'); or ${start}.`,
      },
    ];
  });
}

/** Sources of a kind are read by one function, which is in one network. */
function networksOfOneFunction({ sources }: Parts): Problem[] {
  const first = new Map<unknown, { readonly name: string; readonly network: string }>();
  return Object.entries(sources).flatMap(([name, source]) => {
    const { kind, network } = asRecord(source);
    // Of `custom` each source has a function of its own.
    if (kind === 'landedFiles' || kind === 'custom' || kind === 'published') return [];
    const text = JSON.stringify(network ?? null);
    const other = first.get(kind);
    if (other === undefined) first.set(kind, { name, network: text });
    if (other === undefined || other.network === text) return [];
    const rule = `one function reads it and ${other.name}, which names another network`;
    return [{ field: `sources.${name}.network`, rule, remedy: 'Name one network from which both can be reached.' }];
  });
}

/** Any text at any depth. Its value is not shown again. */
function secrets(value: unknown, field: string): Problem[] {
  if (typeof value === 'string') {
    const what = secretIn(value);
    // Builders of row sources put their options under `config`.
    const at = field.replace(/^(sources\.[^.]+)\.config\./, '$1.');
    return what === undefined
      ? []
      : [{ field: at, value: `${what}, as text`, rule: SECRET_RULE, remedy: SECRET_REMEDY }];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    secrets(member, Array.isArray(value) ? `${field}[${name}]` : field === '' ? name : `${field}.${name}`),
  );
}
