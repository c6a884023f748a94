import { effect, signal } from '@preact/signals';
import type { About } from '../../types/shell';
import { get } from './api';
import { trouble } from './health';

/** Whom the console speaks to; undefined until it has said so. */
export const about = signal<About | undefined>(undefined);

/** At the start, and whenever all is well again: it may be another cloud by then. */
export function keepAbout(): void {
  effect(() => {
    const { value } = trouble;
    if (value === undefined) {
      void load();
      return undefined;
    }
    // Where nothing is live, nobody else would find that it is over.
    const asking = setInterval(load, value.code === 'throttled' ? THROTTLED_MS : TROUBLED_MS);
    return () => clearInterval(asking);
  });
}

const TROUBLED_MS = 3000;
const THROTTLED_MS = 15_000;

async function load(): Promise<void> {
  about.value = await get<About>('/api/about').catch(() => about.value);
}

/** As the document has it until it was asked: nothing is seen, or can be pressed, that is not to be. */
export const targetKind = (): About['kind'] =>
  about.value?.kind ?? (document.documentElement.dataset.target === 'account' ? 'account' : 'local');

/** Nothing can be changed: buttons that act are disabled, and say why by `readOnlyHint`. */
export const isReadOnly = (): boolean => about.value?.readOnly ?? document.documentElement.dataset.acts === 'none';

export const readOnlyHint = (): string | undefined =>
  isReadOnly()
    ? `The console is read-only: start it ${targetKind() === 'local' ? 'without --read-only' : 'with --write'} to act`
    : undefined;
