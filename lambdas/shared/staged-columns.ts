/** Which columns a load has: the sink's own, and those that its input brought along. */
import type { Manifest, OutputColumn, Part, PartFormat } from '../../lib/tasks/common';

/** A part that holds rows, and its columns in their order. */
export interface StagedPart {
  readonly part: Part;
  readonly columns: readonly string[];
}

/** The staged parts of a model, in the order of the manifests, which is that of the files. */
export function stagedParts(manifests: readonly Manifest[], model: string, format: PartFormat): StagedPart[] {
  return datasetsOf(manifests, model).flatMap((dataset) => {
    const columns = dataset.columns.map((column) => column.name);
    // A part without rows has nothing to load, and some readers stumble over a Parquet file without row groups.
    return dataset.parts.filter((part) => part.format === format && part.rows > 0).map((part) => ({ part, columns }));
  });
}

/** Parts whose columns are the same, in the same order: what one COPY can read. */
export function groupByColumns(parts: readonly StagedPart[]): { columns: readonly string[]; parts: Part[] }[] {
  const groups = new Map<string, { columns: readonly string[]; parts: Part[] }>();
  for (const { part, columns } of parts) {
    const id = JSON.stringify(columns);
    const group = groups.get(id) ?? { columns, parts: [] };
    groups.set(id, group);
    group.parts.push(part);
  }
  return [...groups.values()];
}

export function rowsOf(manifests: readonly Manifest[], model: string): number {
  return datasetsOf(manifests, model).reduce((sum, dataset) => sum + dataset.rows, 0);
}

/** Columns of the parts that the sink does not declare; nullable, as earlier rows of the target do not have them. */
export function newColumns(
  sink: { readonly model: string; readonly columns: readonly OutputColumn[] },
  manifests: readonly Manifest[],
): OutputColumn[] {
  const found = new Map<string, OutputColumn>();
  for (const dataset of datasetsOf(manifests, sink.model)) {
    for (const column of dataset.columns) {
      if (sink.columns.some((declared) => declared.name === column.name) || found.has(column.name)) continue;
      found.set(column.name, { ...column, nullable: true });
    }
  }
  return [...found.values()];
}

function datasetsOf(manifests: readonly Manifest[], model: string): Manifest['datasets'][string][] {
  return manifests.flatMap((manifest) => manifest.datasets[model] ?? []);
}
