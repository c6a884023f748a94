/** Models. */
import * as z from 'zod';
import { say } from './common';

export const model = z.union(
  [
    z.strictObject({ kind: z.literal('sql'), file: z.string().min(1) }),
    z.strictObject({ kind: z.literal('sql'), text: z.string().min(1) }),
  ],
  say('a model is made by sql()', "Use sql('model.sql') or sql.text('SELECT …')."),
);
