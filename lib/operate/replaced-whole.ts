/** Which tables of a pipeline hold its latest load alone, so that an older one loaded again would turn them back. */
import type { Sink } from '../tasks/common';

/**
 * By the state machine that is deployed. A model that runs in Redshift is computed anew of all that its tables hold, whichever load asks
 * for it, so there is nothing to turn back.
 *
 * @example
 * tablesReplacedWhole(definition) // ['redshift:shop.prices']
 */
export function tablesReplacedWhole(definition: string): string[] {
  const found = new Set<string>();
  const computed = new Set<string>();
  JSON.parse(definition, (_, value: (Partial<Sink> & { sink?: Partial<Sink>; model?: unknown }) | null) => {
    if (typeof value?.id === 'string' && value.write?.mode === 'replace' && value.write.interval === undefined)
      found.add(value.id);
    if (typeof value?.sink?.id === 'string' && typeof value.model === 'object') computed.add(value.sink.id);
    return value;
  });
  return [...found].filter((id) => !computed.has(id));
}
