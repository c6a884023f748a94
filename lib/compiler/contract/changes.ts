/** What has changed between two versions of a contract, and whether what was written by the old one can still be read. */
import type { Problem } from '../../pipeline/errors';
import { type Difference, type Schema, type SchemaObject, unreadable } from '../../schema';
import { columnOfNote, type NotedColumn } from './json-schema';

/** A column, and where in a record it is: a JSON pointer. */
export interface PlacedColumn extends NotedColumn {
  readonly at: string;
  readonly isRequired: boolean;
}

/** Lines such as `column age added`; all of them can be read. */
export function describeChanges(before: SchemaObject, after: SchemaObject): string[] {
  const old = new Map(columnsOf(before).map((column) => [column.name, column]));
  const now = columnsOf(after);
  const names = new Set(now.map(({ name }) => name));
  return [
    ...now.flatMap((column) => {
      const was = old.get(column.name);
      if (was === undefined) return [`column ${column.name} added`];
      return [
        ...(was.type === column.type ? [] : [`column ${column.name} is ${column.type}, before ${was.type}`]),
        ...(was.at === column.at ? [] : [`column ${column.name} is read from ${column.at}, before from ${was.at}`]),
        ...(was.isRequired && !column.isRequired ? [`column ${column.name} may be left out`] : []),
      ];
    }),
    ...[...old.keys()].filter((name) => !names.has(name)).map((name) => `column ${name} is no longer read`),
  ];
}

/** Why a record of the old version could not be read. `field`: of the columns in the definition. */
export function incompatibilities(before: SchemaObject, after: SchemaObject, field: string): Problem[] {
  const old = columnsOf(before);
  const now = columnsOf(after);
  const found = [...fewerDecimals(old, now), ...unreadable(before, after)];
  const told = new Set<string>();
  return found.flatMap((difference) => {
    const required = /^'(.*)' is required/.exec(difference.what)?.[1];
    const at = required === undefined ? difference.at : `${difference.at}/${escaped(required)}`;
    const column = nearest(now, at) ?? nearest(old, at);
    const name = column?.name ?? (at || 'the contract');
    if (told.has(name)) return [];
    told.add(name);
    return [problemOf(difference, required !== undefined, column, old, field)];
  });
}

const REMEDY =
  'Leave it as it was, and add a nullable column beside it; or give the new contract a stream of its own, and move the producers to that.';

function problemOf(
  { what }: Difference,
  isNewlyRequired: boolean,
  column: PlacedColumn | undefined,
  old: readonly PlacedColumn[],
  field: string,
): Problem {
  const was = column && old.find(({ name }) => name === column.name);
  const place = { field: column === undefined ? field : `${field}.${column.name}` };
  const lost = 'records that are in the stream already, or that producers of the last contract go on to send';
  if (isNewlyRequired && column !== undefined) {
    const before = was === undefined ? 'it is new, and may not be empty' : 'it could be left out, and now it may not';
    return {
      ...place,
      value: column.type,
      rule: `${before}: ${lost}, have none and could not be read`,
      remedy: `Make it nullable (no .notNull(), no key${was === undefined ? '' : ', as it was'}), and let missing members be NULL (onDrift); or give the new contract a stream of its own.`,
    };
  }
  if (column === undefined || was === undefined || was.type === column.type) {
    const rule = `${what}: ${lost}, could not be read`;
    return { ...place, ...(column === undefined ? {} : { value: column.type }), rule, remedy: REMEDY };
  }
  const rule = `it was ${was.type}, and ${lost}, may hold what does not fit any more (${what})`;
  return { ...place, value: column.type, rule, remedy: REMEDY };
}

/** A JSON Schema does not say how many decimals a number has. */
function fewerDecimals(old: readonly PlacedColumn[], now: readonly PlacedColumn[]): Difference[] {
  return now.flatMap(({ at, type }) => {
    const before = old.find((one) => one.at === at && scaleOf(one.type) !== undefined);
    const [scale, scaleBefore] = [scaleOf(type), scaleOf(before?.type ?? '')];
    if (scale === undefined || scaleBefore === undefined || scale >= scaleBefore) return [];
    return [{ at, what: `decimals: ${scale}, before ${scaleBefore}` }];
  });
}

const scaleOf = (type: string): number | undefined => {
  const scale = /^decimal\(\d+, (\d+)\)$/.exec(type)?.[1];
  return scale === undefined ? undefined : Number(scale);
};

/** The column that is read from there, else one from what is inside. */
const nearest = (columns: readonly PlacedColumn[], at: string): PlacedColumn | undefined =>
  columns.find((column) => column.at === at) ?? columns.find((column) => column.at.startsWith(`${at}/`) && at !== '');

export function columnsOf(schema: Schema, at = '', isRequired = true): PlacedColumn[] {
  if (typeof schema === 'boolean') return [];
  const { $comment, properties = {}, required = [], items, minItems = 0, allOf = [] } = schema;
  const noted = columnOfNote($comment);
  return [
    ...(noted === undefined ? [] : [{ ...noted, at, isRequired }]),
    ...allOf.flatMap((one) => columnsOf(one, at, isRequired)),
    ...Object.entries(properties).flatMap(([name, one]) =>
      columnsOf(one, `${at}/${escaped(name)}`, isRequired && required.includes(name)),
    ),
    ...(Array.isArray(items) ? (items as readonly Schema[]) : []).flatMap((one, index) =>
      columnsOf(one, `${at}/${index}`, isRequired && index < minItems),
    ),
  ];
}

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
