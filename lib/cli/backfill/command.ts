/** `stepwell backfill`: its verbs and options. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { MOST_ACTIVE, MOST_FILES, ORDERS, REPROCESS } from '../../tasks/backfill-options';

/** A verb that asks what is deployed, with its examples. */
export type MakeVerb = (parent: Command, usage: string, description: string, ...lines: readonly string[]) => Command;

const DEFAULT_ACTIVE = 4;

export function addBackfill(parent: Command, verb: MakeVerb): void {
  // What follows the name of a verb is that verb's, though the one above it has an option of the same name.
  const backfill = verb(
    parent.enablePositionalOptions(),
    'backfill <pipeline>',
    'run a pipeline for past intervals, or for objects that are in the bucket, some at a time; it goes on when this command has gone',
    'backfill weather --from 2026-01-01 --to 2026-02-01 --dry-run    # which intervals, and what would happen to each',
    'backfill weather --from 2026-01-01 --to 2026-02-01',
    'backfill weather --from 2026-01-01 --to 2026-02-01 --reprocess all --order newest --max-active 8 --no-wait',
    'backfill show 3f0c9a1e',
  )
    .enablePositionalOptions()
    .option('--from <time>', 'intervals that begin then or later: a day of the schedule, or a time with Z or an offset')
    .option('--to <time>', '… and before this')
    .option('--objects <glob>', 'of a pipeline that files start: keys in the landing bucket')
    .addOption(
      new Option(
        '--files-per-run <n>',
        `so many of those that were never loaded share a run, up to ${MOST_FILES}`,
      ).argParser(wholeNumber(MOST_FILES)),
    )
    .addOption(
      new Option(
        '--reprocess <which>',
        'none: what is not loaded, or has failed; failed: that alone; all: what is loaded as well, in its place',
      )
        .choices([...REPROCESS])
        .default('none'),
    )
    .addOption(
      new Option('--max-active <n>', `runs at a time, up to ${MOST_ACTIVE}`)
        .default(DEFAULT_ACTIVE)
        .argParser(wholeNumber(MOST_ACTIVE)),
    )
    .addOption(new Option('--order <which>', 'which begin first').choices([...ORDERS]).default('oldest'))
    .option('--dry-run', 'say what would be done, and do nothing', false)
    .option('--no-wait', 'return when it has started')
    .action(async (pipeline: string, options) => {
      const { backfill: start } = await import('./start');
      await start(pipeline, options);
    });
  verb(backfill, 'list [pipeline]', 'list the latest backfills', 'backfill list', 'backfill list weather --limit 5')
    .addOption(
      new Option('--limit <n>', 'how many at most').default(20).argParser(wholeNumber(Number.POSITIVE_INFINITY)),
    )
    .action(async (pipeline: string | undefined, options) => {
      const { listBackfills } = await import('./look');
      await listBackfills(pipeline, options);
    });
  verb(backfill, 'show <id>', 'how far a backfill is, or how it has ended', 'backfill show 3f0c9a1e').action(
    async (id: string, options) => {
      const { showBackfill } = await import('./look');
      await showBackfill(id, options);
    },
  );
  verb(
    backfill,
    'pause <id>',
    'start no more runs until it is resumed; those under way go on',
    'backfill pause 3f0c9a1e',
  ).action(async (id: string, options) => {
    const { pauseBackfill } = await import('./control');
    await pauseBackfill(id, options);
  });
  verb(
    backfill,
    'resume <id>',
    'let a paused backfill go on',
    'backfill resume 3f0c9a1e',
    'backfill resume 3f0c9a1e --max-active 8',
  )
    .addOption(
      new Option('--max-active <n>', 'runs at a time from now on (default: as before)').argParser(
        wholeNumber(MOST_ACTIVE),
      ),
    )
    .action(async (id: string, options) => {
      const { resumeBackfill } = await import('./control');
      await resumeBackfill(id, options);
    });
  verb(
    backfill,
    'set <id>',
    'change how many runs of a backfill there are at a time, while it runs or is paused',
    'backfill set 3f0c9a1e --max-active 8',
  )
    .addOption(
      new Option('--max-active <n>', `runs at a time, up to ${MOST_ACTIVE}`)
        .makeOptionMandatory()
        .argParser(wholeNumber(MOST_ACTIVE)),
    )
    .action(async (id: string, options) => {
      const { setBackfill } = await import('./control');
      await setBackfill(id, options);
    });
  verb(
    backfill,
    'cancel <id>',
    'stop a backfill, and the runs that are under way for it',
    'backfill cancel 3f0c9a1e',
  ).action(async (id: string, options) => {
    const { cancelBackfill } = await import('./control');
    await cancelBackfill(id, options);
  });
  verb(
    backfill,
    'rerun <id>',
    'run again what has not succeeded of a backfill that has ended, and nothing else',
    'backfill rerun 3f0c9a1e',
  )
    .addOption(
      new Option('--max-active <n>', 'runs at a time (default: as before)').argParser(wholeNumber(MOST_ACTIVE)),
    )
    .option('--no-wait', 'return when it has started')
    .action(async (id: string, options) => {
      const { rerunBackfill } = await import('./rerun');
      await rerunBackfill(id, options);
    });
}

function wholeNumber(most: number): (text: string) => number {
  return (text) => {
    const n = Number(text);
    if (Number.isInteger(n) && n >= 1 && n <= most) return n;
    throw new InvalidArgumentError(
      most === Number.POSITIVE_INFINITY ? 'It is a whole number from 1.' : `It is a whole number from 1 to ${most}.`,
    );
  };
}
