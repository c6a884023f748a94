export { unreadable } from './compatible';
export type { Difference, Schema, SchemaObject } from './types';
