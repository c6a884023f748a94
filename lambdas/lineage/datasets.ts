/** The datasets of a table's job: what it is made of, and itself. */
import type { Manifest, ObjectVersion } from '../../lib/tasks/common';
import type { LineageColumn, LineageOrigin, LineagePlace, LineageSource, LineageTable } from '../../lib/tasks/lineage';
import type { Published } from '../../lib/tasks/publish';
import { datasetOf } from '../shared/manifest';
import type { Told } from './events';
import { type NamedDataset, placeName, targetName } from './names';
import {
  type DatasetName,
  type Facets,
  facetsOf,
  type InputDataset,
  type OutputDataset,
  producerOf,
} from './run-event';
import type { RunFacts } from './run-facts';

type Extracted = NonNullable<Manifest['source']>;

interface Read {
  readonly named: NamedDataset;
  readonly columns: readonly LineageColumn[];
  readonly extracted: readonly Extracted[];
}

/**
 * Sources, and tables that it reads where it runs in Redshift, each dataset once: two sources may read the same one. Those that nobody can
 * name are left out.
 */
export function inputsOf(table: LineageTable, told: Told, facts: RunFacts): InputDataset[] {
  const { sources, tables } = told.document.plan;
  const reads = [
    ...sources
      .filter(({ name }) => table.sources.includes(name))
      .flatMap((source) => source.places.flatMap((place) => readOf(source, place, told, facts) ?? [])),
    ...tables
      .filter(({ sink }) => table.tables.includes(sink))
      .map(({ target, columns }) => ({ named: targetName(target, told.surroundings), columns, extracted: [] })),
  ];
  const byName = new Map<string, Read>();
  for (const read of reads) {
    const name = `${read.named.namespace} ${read.named.name}`;
    const known = byName.get(name);
    byName.set(name, known === undefined ? read : joined(known, read));
  }
  return [...byName.values()].map((read) => inputDataset(read, told));
}

const joined = (one: Read, other: Read): Read => ({
  named: one.named,
  columns: [...one.columns, ...other.columns.filter(({ name }) => !one.columns.some((column) => column.name === name))],
  extracted: [...one.extracted, ...other.extracted],
});

function readOf(source: LineageSource, place: LineagePlace, told: Told, facts: RunFacts): Read | undefined {
  const all = extractedOf(source.name, facts);
  const named = placeOf(source.name, place, told, facts);
  if (named === undefined) return undefined;
  // Small files are read together: where they may lie under several places, nobody knows which rows are whose.
  const isTold = source.places.length === 1 || all.every(({ object }) => object !== undefined);
  const extracted =
    place.kind === 'landing' ? all.filter(({ object }) => isTold && isUnder(object, place, source)) : all;
  return { named, columns: source.columns, extracted };
}

function inputDataset({ named, columns, extracted }: Read, told: Told): InputDataset {
  const producer = producerOf(told.document.version);
  return {
    ...nameOf(named),
    facets: {
      ...commonFacets(told, named, columns),
      ...facetsOf(producer, { version: versionOf(extracted) }),
    },
    inputFacets: facetsOf(producer, statisticsOf(extracted)),
  };
}

const extractedOf = (source: string, { manifests }: RunFacts): Extracted[] =>
  manifests.flatMap((manifest) =>
    manifest.source?.name === source && !manifest.source.isModel ? manifest.source : [],
  );

function placeOf(source: string, place: LineagePlace, told: Told, facts: RunFacts): NamedDataset | undefined {
  const { plan, options } = told.document;
  const origin = extractedOf(source, facts).find((one) => one.origin !== undefined)?.origin;
  return placeName(place, { pipeline: plan.pipeline, source, namespace: options.namespace, origin }, told.surroundings);
}

/** Of several folders the one that says most of the key. */
function isUnder(
  object: ObjectVersion | undefined,
  { prefix }: { readonly prefix: string },
  { places }: LineageSource,
) {
  const prefixes = places.flatMap((place) => (place.kind === 'landing' ? [place.prefix] : []));
  if (object === undefined) return prefix === prefixes[0];
  const fitting = prefixes.filter((one) => one === '' || object.key.startsWith(`${one}/`) || object.key === one);
  return prefix === fitting.sort((a, b) => b.length - a.length)[0];
}

/** Files may be read in several ranges. */
function objectsOf(extracted: readonly Extracted[]): ObjectVersion[] {
  const objects = extracted.flatMap(({ object }) => object ?? []);
  return [...new Map(objects.map((object) => [`${object.key}\n${object.versionId}`, object])).values()];
}

/** Of a run that reads one file. */
function versionOf(extracted: readonly Extracted[]): { datasetVersion: string } | undefined {
  const [object, ...others] = objectsOf(extracted);
  if (object?.versionId === undefined || others.length > 0) return undefined;
  return { datasetVersion: object.versionId };
}

/** Rows as they were read, bad ones included; how many of them were bad is a test of the contract. */
function statisticsOf(extracted: readonly Extracted[]): Parameters<typeof facetsOf>[1] {
  if (extracted.length === 0) return {};
  const objects = objectsOf(extracted);
  const rows = extracted.reduce((sum, { read }) => sum + read, 0);
  const rejected = extracted.reduce((sum, one) => sum + one.rejected, 0);
  const areFiles = extracted.every(({ object }) => object !== undefined);
  const size = objects.reduce((sum, object) => sum + object.size, 0);
  return {
    inputStatistics: { rowCount: rows, ...(areFiles ? { size, fileCount: objects.length } : {}) },
    dataQualityAssertions: {
      assertions: [
        {
          assertion: 'contract',
          success: rejected === 0,
          severity: 'warn',
          name: 'contract',
          description: 'Each row fits the contract; those that do not are in quarantine',
          expected: '0 bad rows',
          actual: `${rejected} bad rows`,
        },
      ],
    },
  };
}

/** `done`: what the run has published of it; absent: nothing yet, or nothing at all. */
export function tableDataset(
  table: LineageTable,
  told: Told,
  facts: RunFacts,
  done: Published | undefined,
): OutputDataset {
  const producer = producerOf(told.document.version);
  const named = targetName(table.target, told.surroundings);
  const files = facts.files[table.sink];
  const { loadId, generation } = facts.run ?? {};
  const fields = columnLineageOf(table, told, facts);
  return {
    ...nameOf(named),
    facets: {
      ...commonFacets(told, named, evolved(table, facts)),
      ...facetsOf(producer, {
        version: done && loadId !== undefined ? { datasetVersion: `${loadId}.${generation}` } : undefined,
        lifecycleStateChange: done && table.overwrites ? { lifecycleStateChange: 'OVERWRITE' } : undefined,
        columnLineage: fields && { fields },
      }),
    },
    outputFacets: facetsOf(producer, {
      outputStatistics: done && {
        rowCount: done.rows,
        ...(files ? { size: files.bytes, fileCount: files.count } : {}),
      },
    }),
  };
}

/** With the columns that the run's input has brought along. */
function evolved({ model, columns }: LineageTable, { manifests }: RunFacts): LineageColumn[] {
  const staged = datasetOf(manifests, model, []).columns;
  const more = staged.filter(({ name }) => !columns.some((column) => column.name === name));
  return [...columns, ...more.map(({ name, type }) => ({ name, type: type.type }))];
}

function commonFacets(
  told: Told,
  { namespace, type, symlinks }: NamedDataset,
  columns: readonly LineageColumn[],
): Facets {
  return facetsOf(producerOf(told.document.version), {
    schema: columns.length === 0 ? undefined : { fields: columns.map((column) => ({ ...column })) },
    dataSource: { name: namespace, uri: namespace },
    datasetType: { datasetType: type },
    symlinks: symlinks && { identifiers: symlinks.map((one) => ({ ...one, type: 'TABLE' })) },
  });
}

interface InputField extends DatasetName {
  readonly field: string;
  readonly transformations: readonly object[];
}

/** Undefined where a column comes of a dataset that nobody can name. */
function columnLineageOf({ origins }: LineageTable, told: Told, facts: RunFacts): object | undefined {
  if (origins === undefined) return undefined;
  const fields: Record<string, { inputFields: InputField[] }> = {};
  for (const [column, all] of Object.entries(origins)) {
    const inputFields = new Map<string, InputField>();
    for (const origin of all) {
      const datasets = datasetsOf(origin.of, told, facts);
      if (datasets === undefined) return undefined;
      for (const dataset of datasets) {
        // By way of another source as well.
        const key = JSON.stringify([dataset.namespace, dataset.name, origin.column]);
        const before = inputFields.get(key)?.transformations ?? [];
        inputFields.set(key, inputField(dataset, origin, before));
      }
    }
    if (inputFields.size > 0) fields[column] = { inputFields: [...inputFields.values()] };
  }
  return fields;
}

function inputField(
  dataset: DatasetName,
  { column, how, masked }: LineageOrigin,
  before: readonly object[],
): InputField {
  const transformation =
    how === 'CONDITION'
      ? { type: 'INDIRECT', subtype: 'CONDITIONAL', masking: masked === true }
      : { type: 'DIRECT', subtype: how, masking: masked === true };
  const isKnown = before.some((one) => JSON.stringify(one) === JSON.stringify(transformation));
  return { ...nameOf(dataset), field: column, transformations: isKnown ? before : [...before, transformation] };
}

/** Of a source, or of a model by its table in Redshift. */
function datasetsOf(name: string, told: Told, facts: RunFacts): DatasetName[] | undefined {
  const { sources, tables } = told.document.plan;
  const source = sources.find((one) => one.name === name);
  if (source === undefined) {
    const table = tables.find(({ model, target }) => model === name && target.kind === 'redshift');
    return table && [targetName(table.target, told.surroundings)];
  }
  const named = source.places.map((place) => placeOf(name, place, told, facts));
  return named.every((one) => one !== undefined) ? named : undefined;
}

const nameOf = ({ namespace, name }: DatasetName): DatasetName => ({ namespace, name });
