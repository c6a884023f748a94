/** What every source declares: its contract, and what to do with what does not keep to it. */
import * as z from 'zod';
import { column } from './columns';
import { columnName, say, share } from './common';
import { onDrift } from './drift';

export const sourceCommon = {
  columns: z
    .record(columnName, column)
    .refine(
      (value) => Object.keys(value).length > 0,
      say('a contract has at least one column', 'Declare the columns of the file.'),
    ),
  onDrift,
  onBadRow: z
    .strictObject({
      maxRate: share.optional(),
      maxCount: z
        .int(say('a count is a whole number', 'Round it.'))
        .min(0, say('a count is 0 or more', 'Raise it.'))
        .optional(),
    })
    .refine((limits) => limits.maxRate !== undefined || limits.maxCount !== undefined, {
      message: say(
        'without a limit a file of nothing but bad rows would pass',
        'Give maxRate or maxCount, e.g. quarantine({ maxRate: 0.01 }).',
      ),
    }),
  memoryMb: z
    .int(say('memoryMb is a whole number', 'Use e.g. memoryMb: 2048.'))
    .min(512, say('the extract function needs 512 to 10,240 MB', 'Raise it.'))
    .max(10_240, say('a Lambda function has at most 10,240 MB', 'Lower it.')),
};
