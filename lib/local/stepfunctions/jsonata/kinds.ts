import type { Kind } from './template';

export const stringKind: Kind<string> = { name: 'string', is: (value) => typeof value === 'string' };
export const booleanKind: Kind<boolean> = { name: 'boolean', is: (value) => typeof value === 'boolean' };
export const numberKind: Kind<number> = { name: 'number', is: (value) => typeof value === 'number' };
export const wholeKind: Kind<number> = {
  name: 'integer',
  is: (value): value is number => Number.isInteger(value) && (value as number) >= 0,
};
/** An object is taken, too: AWS maps over its key-value pairs. */
export const itemsKind: Kind<readonly unknown[] | Readonly<Record<string, unknown>>> = {
  name: 'array',
  is: (value): value is readonly unknown[] => value !== null && typeof value === 'object',
};
