import type { AdmitInput } from '../../lib/tasks/admit';
import type { ObjectVersion, Partition } from '../../lib/tasks/common';
import { arrivalOf } from '../shared/arrival-order';
import type { CutIntoRanges } from '../shared/files/cut-into-ranges';
import { matchSources } from './match-sources';

/**
 * The partitions of each source: a file, or byte ranges of a large one. In the order of arrival, and that is also the order in which
 * their rows are staged where a database keeps one.
 */
export async function planPartitions(
  objects: readonly ObjectVersion[],
  sources: AdmitInput['sources'],
  cut: CutIntoRanges,
): Promise<Record<string, Partition[]>> {
  const partitions: Record<string, Partition[]> = Object.fromEntries(sources.map((source) => [source.name, []]));
  for (const object of [...objects].sort(byArrival)) {
    for (const { source, format } of matchSources(object.key, sources)) {
      const list = partitions[source.name]!;
      const ranges = object.size > source.rangeBytes ? await cut(object, format, source.rangeBytes) : [];
      if (ranges.length > 1) for (const range of ranges) list.push({ id: nextId(list), object, format, range });
      else list.push({ id: nextId(list), object, format });
    }
  }
  return partitions;
}

function byArrival(one: ObjectVersion, other: ObjectVersion): number {
  const [a, b] = [arrivalOf(one), arrivalOf(other)];
  if (a !== b) return a < b ? -1 : 1;
  return one.key < other.key ? -1 : 1;
}

/** Names staged files; padded, so that listings have their order. */
function nextId(list: readonly Partition[]): string {
  return String(list.length).padStart(4, '0');
}
