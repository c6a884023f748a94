import type { MapItem } from '../thread';

/** A list's items, or an object's members. `Source` is told of those of a Distributed Map. */
export function mapItems(source: unknown, Source?: string): MapItem[] {
  const from = Source === undefined ? {} : { Source };
  if (Array.isArray(source)) return source.map((Value, Index) => ({ Index, Value, ...from }));
  return Object.entries(source as Record<string, unknown>).map(([Key, Value], Index) => ({
    Index,
    Key,
    Value,
    ...from,
  }));
}

/** What an iteration gets without an ItemSelector. */
export const plainItem = ({ Key, Value }: MapItem): unknown => (Key === undefined ? Value : { Key, Value });
