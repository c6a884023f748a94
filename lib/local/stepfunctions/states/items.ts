import type { MapItem } from '../thread';

/** A list's items, or an object's members. */
export function mapItems(source: unknown): MapItem[] {
  if (Array.isArray(source)) return source.map((Value, Index) => ({ Index, Value }));
  return Object.entries(source as Record<string, unknown>).map(([Key, Value], Index) => ({ Index, Key, Value }));
}

/** What an iteration gets without an ItemSelector. */
export const plainItem = ({ Key, Value }: MapItem): unknown => (Key === undefined ? Value : { Key, Value });
