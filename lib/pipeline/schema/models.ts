/** Models. */
import * as z from 'zod';
import { MODULE_FILE } from '../sources/custom-mistakes';
import { say } from './common';
import { sourceCommon } from './source-common';
import { sparkJob } from './spark';

const written = z.string().min(1, say('there is no SQL', "Use sql('model.sql') or sql.text('SELECT …').")).optional();
const sqlModel = z
  .strictObject({
    kind: z.literal('sql'),
    file: written,
    text: written,
    engine: z
      .enum(
        ['redshift', 'spark'],
        say(
          'a model runs in DuckDB, in Redshift, or on Spark',
          "Write engine: 'spark' or 'redshift', or leave it out.",
        ),
      )
      .optional(),
    columns: sourceCommon.columns.optional(),
    spark: sparkJob.optional(),
  })
  .refine(({ engine, spark }) => spark === undefined || engine === 'spark', {
    path: ['spark'],
    message: say('workers are those of a model on Spark', "Write engine: 'spark' beside it, or leave it out."),
  })
  .refine(({ engine, columns }) => columns === undefined || engine !== undefined, {
    path: ['columns'],
    message: say(
      'columns of SQL are read from the SQL itself',
      "Leave them out; only a model of engine: 'redshift' or 'spark' may need them.",
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

const INPUTS = say('it names the sources and models whose rows it gets', "Use e.g. from: ['registry'].");
const pyspark = z.strictObject({
  kind: z.literal('pyspark'),
  file: z
    .string()
    .regex(
      /^(\.\/)?[A-Za-z_]\w*\.py$/,
      say('it names a Python file beside pipeline.ts, as a module is named', "Use e.g. pyspark('people.py', { … })."),
    ),
  from: z.union([z.string(INPUTS).min(1, INPUTS), z.array(z.string(INPUTS).min(1, INPUTS)).min(1, INPUTS)], INPUTS),
  columns: sourceCommon.columns,
  spark: sparkJob.optional(),
});

export const model = z.discriminatedUnion(
  'kind',
  [sqlModel, rowFunction, pyspark],
  say(
    'a model is made by sql(), rowFunction() or pyspark()',
    "Use sql('model.sql'), sql.text('SELECT …') or rowFunction('./clean.ts', { … }).",
  ),
);
