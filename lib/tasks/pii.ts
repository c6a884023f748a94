/** Personal data: columns that are masked or hashed in the one pass that reads them, before anything is written anywhere. */
import * as z from 'zod/mini';
import type { ColumnType } from './common';

/** `mask`: a fixed text in place of each value. `hash`: its HMAC-SHA-256 by the pipeline's key, the same for the same value. */
export const pii = z.enum(['mask', 'hash']);
export type Pii = z.infer<typeof pii>;

/** In place of a masked value, and of what quarantine does not keep. */
export const MASK = '***';
/** Hex digits. */
const HASH_CHARACTERS = 64;

/** What staging, models and targets hold of a column. */
export const storedTypeOf = ({
  type,
  pii,
}: {
  readonly type: ColumnType;
  readonly pii?: Pii | undefined;
}): ColumnType => (pii === undefined ? type : { type: 'text', length: pii === 'hash' ? HASH_CHARACTERS : MASK.length });

/** Of the secret with the key, unless the pipeline names another. */
export const piiSecretOf = ({
  name,
  pii,
}: {
  readonly name: string;
  readonly pii?: { readonly secret: string };
}): string => pii?.secret ?? `${name}-pii`;
