/** Values that lie deeper in a row. */
import { type Path, parsePath } from '../../../lib/tasks/paths';

export { type Path, parsePath };

/** Undefined where the value has no such member. */
export function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    if (Array.isArray(at)) at = at[Number(step)];
    else at = Object.hasOwn(at, step) ? (at as Record<string, unknown>)[step] : undefined;
  }
  return at;
}

export type Row = Readonly<Record<string, unknown>>;

/** Columns whose values lie deeper in a row than its own members. */
export interface Picks {
  /** `main.temp` becomes a member of that name. */
  flatten(row: Row): Row;
  /** Where the value of a flat member lies in rows of these members; undefined: it is one of them. */
  pathOf(member: string, row: Row): Path | undefined;
}

/**
 * Of a contract whose columns are `from` paths; undefined: none is. A member that paths go into (`main`) is used up by them; one
 * whose own name is `main.temp` goes first.
 */
export function picksOf(
  columns: readonly { readonly name: string; readonly from?: string | undefined }[],
): Picks | undefined {
  const picks = new Map(
    columns.flatMap(({ from }) => {
      const path = from === undefined ? undefined : parsePath(from);
      return path && path.length > 1 ? [[from!, path] as const] : [];
    }),
  );
  if (picks.size === 0) return undefined;
  const direct = new Set(columns.map(({ name, from }) => from ?? name));
  const used = new Set([...picks.values()].map((path) => String(path[0])).filter((root) => !direct.has(root)));
  return {
    flatten: (row) => {
      const flat: Record<string, unknown> = {};
      for (const name of Object.keys(row)) if (!used.has(name)) flat[name] = row[name];
      for (const [from, path] of picks) if (!Object.hasOwn(row, from)) flat[from] = valueAt(row, path);
      return flat;
    },
    pathOf: (member, row) => (Object.hasOwn(row, member) ? undefined : picks.get(member)),
  };
}

/** Flattens rows, where columns are paths. */
export function pickPaths(
  columns: readonly { readonly name: string; readonly from?: string | undefined }[],
): (row: Row) => Row {
  return picksOf(columns)?.flatten ?? ((row) => row);
}
