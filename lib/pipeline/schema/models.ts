/** Models. */
import * as z from 'zod';
import { MODULE_FILE } from '../sources/custom-mistakes';
import { say } from './common';
import { sourceCommon } from './source-common';

const written = z.string().min(1, say('there is no SQL', "Use sql('model.sql') or sql.text('SELECT …').")).optional();
const sqlModel = z
  .strictObject({
    kind: z.literal('sql'),
    file: written,
    text: written,
    engine: z
      .literal('redshift', say('a model runs in DuckDB, or in Redshift', "Write engine: 'redshift', or leave it out."))
      .optional(),
    columns: sourceCommon.columns.optional(),
  })
  .refine(({ engine, columns }) => columns === undefined || engine !== undefined, {
    path: ['columns'],
    message: say(
      'columns of SQL are read from the SQL itself',
      "Leave them out; only a model of engine: 'redshift' may need them.",
    ),
  })
  .refine(({ file, text }) => (file === undefined) !== (text === undefined), {
    message: say('a model is made by sql()', "Use sql('model.sql') or sql.text('SELECT …')."),
  });

const FROM = say('it names the source or model whose rows it gets', "Use e.g. from: 'orders'.");
const rowFunction = z.strictObject({
  kind: z.literal('rowFunction'),
  file: z
    .string()
    .regex(
      MODULE_FILE,
      say('it names a TypeScript file beside pipeline.ts', "Use e.g. rowFunction('./clean.ts', { … })."),
    ),
  from: z.string(FROM).min(1, FROM),
  ...sourceCommon,
});

export const model = z.discriminatedUnion(
  'kind',
  [sqlModel, rowFunction],
  say(
    'a model is made by sql() or rowFunction()',
    "Use sql('model.sql'), sql.text('SELECT …') or rowFunction('./clean.ts', { … }).",
  ),
);
