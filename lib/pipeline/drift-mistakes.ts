/** What a source is to do about drift, and cannot: seen only beside its columns, its kind and the sinks. */
import { type OnDrift, onDrift, policyOf } from '../tasks/drift';
import { Column } from './columns';
import { type Problem, show } from './errors';

type Parts = Readonly<Record<string, unknown>>;

export function driftMistakes(sources: Parts, sinks: readonly Parts[]): Problem[] {
  return Object.entries(sources).flatMap(([name, source]) => {
    const { kind, columns, onDrift: given, files } = asRecord(source);
    const parsed = onDrift.safeParse(given);
    if (!parsed.success) return [];
    const at = { field: `sources.${name}.onDrift`, value: show(given) };
    return [
      // Of a stream that is what is done unless told.
      ...(kind === 'streamRecords' ? [] : nothingToIgnore(parsed.data, columns, at)),
      ...rowsOfTables(parsed.data, kind, at),
      ...emptiedTables(parsed.data, files, sinks, at),
      ...columnsOfTemplates(parsed.data, sinks, at),
    ];
  });
}

type At = Pick<Problem, 'field' | 'value'>;

function nothingToIgnore(given: OnDrift, columns: unknown, at: At): Problem[] {
  const all = Object.values(asRecord(columns));
  const isRequired = (column: unknown) => column instanceof Column && (!column.isNullable || column.isKey);
  const wants = typeof given === 'object' && (given.missingColumns === 'ignore' || given.changedTypes === 'ignore');
  if (!wants || all.length === 0 || !all.every(isRequired)) return [];
  const rule = 'no column of the contract may be NULL, so there is none that a run could go on without';
  return [{ ...at, rule, remedy: "Use 'fail', or leave notNull() and key out where a column may be missing." }];
}

function rowsOfTables(given: OnDrift, kind: unknown, at: At): Problem[] {
  const { newColumns, missingColumns } = policyOf(given);
  if ((kind !== 'mysql' && kind !== 'postgres') || (newColumns !== 'quarantine' && missingColumns !== 'quarantine')) {
    return [];
  }
  const rule = "a table has the same columns in all rows, so there are no rows that 'quarantine' could put aside";
  const remedy = "Use 'fail' or 'ignore', or 'evolve' for new columns; changedTypes may be 'quarantine'.";
  return [{ ...at, rule, remedy }];
}

/** Formats whose columns stand in front of the rows: such a file is put aside as a whole. */
const HEADED = ['csv', 'parquet'];

function emptiedTables(given: OnDrift, files: unknown, sinks: readonly Parts[], at: At): Problem[] {
  const { newColumns, missingColumns } = policyOf(given);
  const formats = Array.isArray(files) ? files.map((file) => asRecord(asRecord(file).format)) : [];
  const isHeaded = formats.some(({ kind, header = true }) => HEADED.includes(String(kind)) && header === true);
  const emptied = sinks.find(({ write }) => asRecord(write).mode === 'replace');
  if (!isHeaded || (newColumns !== 'quarantine' && missingColumns !== 'quarantine') || !emptied) return [];
  const rule = `a file of other columns goes to quarantine as a whole, and then replace() would empty ${show(emptied.table)}`;
  return [{ ...at, rule, remedy: "Use 'fail' for newColumns and missingColumns, or merge() or append() in the sink." }];
}

function columnsOfTemplates(given: OnDrift, sinks: readonly Parts[], at: At): Problem[] {
  const fixed = sinks.find(({ kind }) => kind === 'keyspaces');
  if (policyOf(given).newColumns !== 'evolve' || fixed === undefined) return [];
  const rule = `the table ${show(fixed.table)} of Keyspaces has the columns of the last deploy, so a load cannot add any`;
  return [
    { ...at, rule, remedy: "Use 'ignore' or 'fail' for newColumns, and declare the columns that are to be kept." },
  ];
}

const asRecord = (value: unknown): Parts => (typeof value === 'object' && value !== null ? (value as Parts) : {});
