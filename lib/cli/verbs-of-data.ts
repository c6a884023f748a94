/** Verbs of what runs have loaded, and of what they could not: tables, quarantine. */
import { type Command, Option } from 'commander';
import { cloudVerb, defaultCloudVerb, limitOption } from './verb';

export function addData(parent: Command): void {
  addCost(parent);
  const quarantine = parent
    .command('quarantine')
    .description('bad rows: which runs have some, what they are; load them after a fix, or delete them');
  cloudVerb(
    quarantine,
    'list [pipeline]',
    'list the latest runs with bad rows, and what has become of those',
    'quarantine list',
    'quarantine list orders --state open',
  )
    .addOption(limitOption(100))
    .addOption(new Option('--state <state>', 'only those').choices(QUARANTINE_STATES))
    .action(async (pipeline: string | undefined, options) => {
      const { listQuarantine } = await import('./quarantine');
      await listQuarantine(pipeline, options);
    });
  cloudVerb(
    quarantine,
    'show <run>',
    "show a run's bad rows, each with file, line, column and reason",
    'quarantine show 3f0c9a1e',
    'quarantine show 3f0c9a1e --limit 1000 --json',
  )
    .addOption(limitOption(20))
    .action(async (run: string, options) => {
      const { showQuarantine } = await import('./quarantine');
      await showQuarantine(run, options);
    });
  cloudVerb(
    quarantine,
    'replay <run>',
    'after a fix of contract or SQL was deployed: load again what left the bad rows (the same file versions, or the same interval), ' +
      'in place of the first load. Rows that were good are replaced by themselves, rows that were bad come in once',
    'quarantine replay 3f0c9a1e',
    'quarantine replay 3f0c9a1e --no-wait --json',
  )
    .option('--no-wait', 'return when it has started')
    .action(async (run: string, options) => {
      const { replayQuarantine } = await import('./quarantine-replay');
      await replayQuarantine(run, options);
    });
  cloudVerb(
    quarantine,
    'discard <run>',
    'delete the text of bad rows for good; how many there were, who deleted them, when and why stays in the ledger',
    'quarantine discard 3f0c9a1e --reason "names of customers"',
    'quarantine discard 3f0c9a1e --source order_export --yes --json',
  )
    .option('--source <name>', 'only rows of this source')
    .option('--reason <text>', 'kept in the ledger')
    .option('--yes', 'do not ask', false)
    .action(async (run: string, options) => {
      const { discardQuarantine } = await import('./quarantine-discard');
      await discardQuarantine(run, options);
    });
  cloudVerb(parent, 'tables', 'list the tables that pipelines publish into', 'tables').action(async (options) => {
    const { tables } = await import('./tables');
    await tables(options);
  });
  const lineage = parent
    .command('lineage')
    .description('where tables come from: sources, models, columns, runs; send lineage that a server has not taken');
  defaultCloudVerb(
    lineage,
    'show <name>',
    'show what a table, or each table of a pipeline, is made of, who reads it, and which runs and files have made it',
    'lineage show shop.orders',
    'lineage show orders --limit 3',
    'lineage show redshift:shop.orders --json',
  )
    .addOption(limitOption(5))
    .action(async (name: string, options) => {
      const { showLineage } = await import('./lineage');
      await showLineage(name, options);
    });
  cloudVerb(
    lineage,
    'send [pipeline]',
    'send the events that the OpenLineage server has not taken yet; each run sends those before it as well',
    'lineage send',
    'lineage send orders --json',
  ).action(async (pipeline: string | undefined, options) => {
    const { sendLineage } = await import('./lineage-send');
    await sendLineage(pipeline, options);
  });
  cloudVerb(
    parent,
    'query <sql>',
    'run one SQL statement as the user of a pipeline',
    'query "SELECT count(*) FROM shop.orders"',
    'query "SELECT * FROM shop.orders LIMIT 5" --database aurora --json',
  )
    .option('--database <name>', 'redshift or aurora (default: where the tables are that it names)')
    .option('--pipeline <name>', 'whose user (default: of the pipeline that writes them)')
    .action(async (sql: string, options) => {
      const { query } = await import('./query');
      await query(sql, options);
    });
}

function addCost(parent: Command): void {
  cloudVerb(
    parent,
    'cost <pipeline>',
    'what its runs have cost, by service, in US dollars: measured by the logs of its functions and the histories of its runs; ' +
      'also what a month would cost, and what it costs to have it',
    'cost orders',
    'cost orders --last 24h --limit 100',
    'cost orders --month 2026-10 --json',
    'cost orders --run 3f0c9a1e',
    'cost orders --region-prices eu-central-1    # what it would cost there',
  )
    .option('--last <time>', 'hours, days or weeks: 24h, 30d, 4w (default: 30d)')
    .option('--month <month>', 'a calendar month, UTC: 2026-10')
    .option('--run <id>', 'one run: its id, or how that begins')
    .option('--region-prices <region>', 'prices of another region')
    .addOption(limitOption(20))
    .action(async (pipeline: string, options) => {
      const { cost } = await import('./cost/cost');
      await cost(pipeline, options);
    });
}

/** As in `quarantine-state.ts`, which loads more. */
const QUARANTINE_STATES = ['open', 'replayed', 'discarded'];
