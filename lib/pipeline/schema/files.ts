/** Sources that read files. */
import * as z from 'zod';
import type { FileFormat } from '../../tasks/common';
import { datedGlob, positive, say, share } from './common';
import { fileFormat } from './formats';
import { sourceCommon } from './source-common';

/** Formats that files of these names are written in. Others say nothing of what is in them. */
const ENDINGS: Readonly<Record<string, readonly FileFormat['kind'][]>> = {
  csv: ['csv', 'fixedWidth'],
  tsv: ['csv'],
  json: ['jsonArray', 'ndjson'],
  jsonl: ['ndjson'],
  ndjson: ['ndjson'],
  parquet: ['parquet'],
};

function formatOfEnding({ glob, format }: { glob: string; format: FileFormat }, context: z.RefinementCtx): void {
  const [, ending = ''] = /\.(\w+)(?:\.gz)?$/.exec(glob.toLowerCase()) ?? [];
  const right = ENDINGS[ending];
  if (right === undefined || right.includes(format.kind)) return;
  const rest = `${glob.slice(0, glob.toLowerCase().lastIndexOf(`.${ending}`))}*`.replace('**', '*');
  const message = say(
    `files of ${glob} are ${right.map((kind) => `${kind}()`).join(' or ')} by their name, and this reads ${format.kind}()`,
    `Use ${right[0]}(), or, where the name is wrong, a glob without it: '${rest}'. For several formats name each: files: { '${glob}': ${right[0]}(), … }.`,
  );
  context.addIssue({ code: 'custom', path: ['format'], message, input: format });
}

export const landedFiles = z.strictObject({
  kind: z.literal('landedFiles'),
  files: z
    .array(z.strictObject({ glob: datedGlob, format: fileFormat }).superRefine(formatOfEnding))
    .min(1, say('a source reads at least one glob', "Give glob: 'orders/*.csv' and format: csv(), or files."))
    .superRefine((files, context) => {
      files.forEach((file, index) => {
        if (files.findIndex((other) => other.glob === file.glob) === index) return;
        const message = say('the glob is there twice; the first one counts', 'Remove one.');
        context.addIssue({ code: 'custom', path: [index, 'glob'], message, input: file.glob });
      });
    }),
  glob: z
    .undefined(say('glob and files both say which files are read', "Put all into files: { 'orders/*.csv': csv(), … }."))
    .optional(),
  format: z.undefined(say('format goes with glob; files names a format for each glob', 'Remove it.')).optional(),
  ...sourceCommon,
  rangeMiB: positive('rangeMiB').max(
    10_240,
    say('a range has at most 10,240 MiB', 'Lower it: ranges are read side by side.'),
  ),
  intervalsBack: z
    .int(say('intervals are counted in whole numbers', 'Round it.'))
    .min(0, say("intervalsBack is 0 (the run's own) or more", 'Use e.g. 1 for the interval before.'))
    .max(1000, say('intervalsBack is at most 1,000', 'Lower it.'))
    .optional(),
  optional: z.boolean(say('optional is true or false', 'Use true where an interval may have no file.')).optional(),
  tolerate: share.optional(),
});
