/** Simple paths into nested values: `main.temp`, `weather[0].description`, `items.0.id`. */

export type Path = readonly (string | number)[];

const STEP = /(?:^|\.)([^.[\]]+)|\[(\d+)\]/y;

/** Undefined for what is no path. The empty text is the path of the value itself. */
export function parsePath(text: string): Path | undefined {
  const steps: (string | number)[] = [];
  for (let at = 0; at < text.length; at = STEP.lastIndex) {
    STEP.lastIndex = at;
    const match = STEP.exec(text);
    if (!match) return undefined;
    steps.push(match[1] ?? Number(match[2]));
  }
  return steps;
}

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

/**
 * Flattens rows for a contract whose columns are `from` paths: `main.temp` becomes a member of that name. A member that paths
 * go into (`main`) is used up by them; one whose own name is `main.temp` goes first.
 */
export function pickPaths(
  columns: readonly { readonly name: string; readonly from?: string | undefined }[],
): (row: Row) => Row {
  const picks = columns.flatMap(({ from }) => {
    const path = from === undefined ? undefined : parsePath(from);
    return path && path.length > 1 ? [{ from: from!, path }] : [];
  });
  if (picks.length === 0) return (row) => row;
  const direct = new Set(columns.map(({ name, from }) => from ?? name));
  const used = new Set(picks.map(({ path }) => String(path[0])).filter((root) => !direct.has(root)));
  return (row) => {
    const flat: Record<string, unknown> = {};
    for (const name of Object.keys(row)) if (!used.has(name)) flat[name] = row[name];
    for (const { from, path } of picks) if (!Object.hasOwn(row, from)) flat[from] = valueAt(row, path);
    return flat;
  };
}
