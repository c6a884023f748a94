import { signal } from '@preact/signals';
import type { About } from '../../types/shell';
import { get } from './api';

/** Whom the console speaks to; undefined until it has said so. */
export const about = signal<About | undefined>(undefined);

export async function loadAbout(): Promise<void> {
  about.value = await get<About>('/api/about').catch(() => about.value);
}

/** Nothing can be changed: buttons that act are disabled, and say why. */
export const isReadOnly = (): boolean => about.value?.readOnly === true;
