/** The verbs of the CLI. Each loads its own code only, so that `--help` is quick. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { addBackfill } from './backfill/command';
import { EXIT, exitCodeOf, sentenceFor } from './errors';
import { PROJECT_ROOT } from './pipelines';
import { DEFAULT_PORT, DEFAULT_STATE_DIR } from './printer';

export async function main(argv: readonly string[]): Promise<void> {
  // Which Node.js to use is the user's decision; the SDK would say its opinion in the middle of a table.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  // `stepwell runs | head` closes our output: that is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  try {
    await program().parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) {
      // It has said what is wrong, or shown the help that was asked for.
      process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.refused;
      return;
    }
    console.error(sentenceFor(error) ?? error);
    process.exitCode = exitCodeOf(error);
  }
}

/** Every verb, with its options. */
export function program(): Command {
  const stepwell = new Command('stepwell')
    .description('Serverless ETL on AWS Step Functions, on this machine')
    .version(version())
    .exitOverride()
    .showHelpAfterError('(--help shows how it is used)')
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      examples('stepwell start', 'stepwell drop orders.csv --pipeline orders', 'stepwell runs orders'),
    );
  addStart(stepwell);
  addWork(stepwell);
  addBackfill(stepwell, cloudVerb);
  addPause(stepwell);
  addRuns(stepwell);
  addData(stepwell);
  addDefinitions(stepwell);
  addCompletion(stepwell);
  return stepwell;
}

const version = (): string =>
  (JSON.parse(readFileSync(path.join(PROJECT_ROOT, 'package.json'), 'utf8')) as { version: string }).version;

const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ npx ${line}`).join('\n')}`;

/** A verb of the local cloud alone. */
const localVerb = (parent: Command, usage: string, description: string, ...lines: readonly string[]): Command =>
  verb(parent, usage, description, ...lines).addOption(
    new Option('--state-dir <folder>', 'of the local cloud').default(DEFAULT_STATE_DIR, '.stepwell of this project'),
  );

/** A verb that asks what is deployed: in the local cloud, or in an account. */
const cloudVerb = (parent: Command, usage: string, description: string, ...lines: readonly string[]): Command =>
  addTarget(verb(parent, usage, description, ...lines));

const addTarget = (command: Command): Command =>
  command
    .option('--profile <name>', 'of ~/.aws/config: ask its account, not the local cloud (default: AWS_PROFILE)')
    .option('--region <region>', 'of the account (default: AWS_REGION, or that of the profile)')
    .option('--state-dir <folder>', 'of the local cloud (default: .stepwell of this project)');

const verb = (parent: Command, usage: string, description: string, ...lines: readonly string[]): Command =>
  parent
    .command(usage)
    .description(description)
    .option('--json', 'print JSON on standard output, and nothing else there', false)
    .addHelpText('after', examples(...lines.map((line) => `stepwell ${line}`)));

function addStart(parent: Command): void {
  localVerb(
    parent,
    'start [pipelines...]',
    'start the local cloud with every pipeline, run them (or those you name) on their samples, and stay up',
    'start',
    'start orders weather',
    'start --once --json > summary.json',
    'start --port 0 --state-dir /tmp/stepwell',
  )
    .option('--once', 'exit when the runs have ended; 0 only if each did what it should', false)
    .addOption(
      new Option('--port <port>', 'on 127.0.0.1; 0 for any free one').default(DEFAULT_PORT).argParser(portNumber),
    )
    .option('--output <folder>', 'where the synthesized templates go (default: cdk.out)')
    .action(async (pipelines: string[], { output, ...options }) => {
      const [{ start }, { ASSEMBLY }] = await Promise.all([import('./start'), import('./synth')]);
      await start({ ...options, pipelines, output: output ?? ASSEMBLY });
    });
}

function addWork(parent: Command): void {
  cloudVerb(
    parent,
    'drop <files...>',
    'put files into the landing bucket, and follow the runs that they start',
    'drop more.csv --pipeline orders',
    'drop 2026-06.csv 2026-07.csv.gz --pipeline orders --no-wait',
    'drop export.txt --pipeline orders --key orders/export.csv',
    'drop more.csv --pipeline orders --reprocess',
    'drop orders/more.csv --pipeline orders --reprocess    # the object that is there',
  )
    .requiredOption('--pipeline <name>', 'whose folder of the bucket they go to')
    .option('--key <key>', 'the object key, where the file name does not fit the pattern')
    .option('--reprocess', 'load again what has been loaded, in its place; a key that is there does for a file', false)
    .option('--no-wait', 'return when the files are there')
    .action(async (files: string[], options) => {
      const { drop } = await import('./drop');
      await drop(files, options);
    });
  cloudVerb(
    parent,
    'run <pipeline>',
    'run a pipeline that a schedule or another pipeline starts, for the latest interval or run or for one you name, and follow it',
    'run weather',
    'run weather --interval 2026-11-20T07:05Z/2026-11-20T08:05Z',
    'run weather --interval 2026-11-20T07:05Z/2026-11-20T08:05Z --reprocess',
  )
    .option('--interval <start>/<end>', 'one of its schedule: days (from midnight UTC), or times with Z or an offset')
    .option('--after <run>', 'a run of the pipeline that this one starts after: its id, or how that begins')
    .option('--reprocess', 'load again what has been loaded, in its place', false)
    .option('--no-wait', 'return when it has started')
    .action(async (pipeline: string, options) => {
      const { run } = await import('./run');
      await run(pipeline, options);
    });
  cloudVerb(
    parent,
    'redrive <pipeline> <run>',
    'let a failed run go on at the step that failed, and follow it',
    'redrive orders 3f0c9a1e',
  )
    .option('--no-wait', 'return when it goes on')
    .action(async (pipeline: string, run: string, options) => {
      const { redrive } = await import('./redrive');
      await redrive(pipeline, run, options);
    });
  cloudVerb(
    parent,
    'rerun <run>',
    'load again what a run has loaded, in its place: all of it, or only the partitions that a partial run lacks; ' +
      'a failed run that cannot go on where it failed starts over',
    'rerun 3f0c9a1e --failed-partitions    # only what is missing; the rest is staged still',
    'rerun 3f0c9a1e                        # all is extracted anew, as with run --reprocess',
  )
    .option('--failed-partitions', 'of a partial run: extract the missing partitions alone', false)
    .option('--pipeline <name>', 'look among its runs only')
    .option('--no-wait', 'return when it has started')
    .action(async (run: string, options) => {
      const { rerun } = await import('./rerun');
      await rerun(run, options);
    });
}

function addPause(parent: Command): void {
  cloudVerb(
    parent,
    'pause <pipeline>',
    'let nothing start its runs by itself, no file, schedule or other pipeline; runs under way go on, and `run` works by hand',
    'pause orders --reason "the shop moves house"',
    'pause weather --profile prod',
  )
    .option('--reason <text>', 'kept in the ledger, shown by `pipelines`')
    .action(async (pipeline: string, options) => {
      const { pause } = await import('./pause');
      await pause(pipeline, options);
    });
  cloudVerb(
    parent,
    'resume <pipeline>',
    'let runs of a paused pipeline start again, and start those that would have started meanwhile: for files, intervals, runs before it',
    'resume orders',
    'resume weather --missed last',
    'resume orders --since 2026-11-20T07:00Z    # started again by hand: look for what is missing since',
  )
    .addOption(
      new Option('--missed <which>', 'runs to start (default: all, unless they are very many)').choices(MISSED),
    )
    .option(
      '--since <time>',
      'look for missing runs from then on: 2h or 1d ago, or a time (default: since it was paused)',
    )
    .action(async (pipeline: string, options) => {
      const { resume } = await import('./pause');
      await resume(pipeline, options);
    });
}

function addRuns(parent: Command): void {
  cloudVerb(parent, 'runs [pipeline]', 'list the latest runs', 'runs', 'runs orders --limit 50')
    .addOption(limitOption(20))
    .action(async (pipeline: string | undefined, options) => {
      const { runs } = await import('./runs');
      await runs(pipeline, options);
    });
  cloudVerb(
    parent,
    'show <run>',
    'show a run (the beginning of its id is enough): steps, rows, error, the first bad rows; of one that failed, warnings and errors of its log',
    'show 3f0c9a1e',
    'show 3f0c9a1e --json',
  )
    .option('--pipeline <name>', 'look among its runs only')
    .action(async (run: string, options) => {
      const { show } = await import('./show');
      await show(run, options);
    });
  cloudVerb(
    parent,
    'logs <run>',
    'print what the functions of a run have logged, in the order of time; --json: one document a line',
    'logs 3f0c9a1e',
    'logs 3f0c9a1e --step extract --since 10m',
    'logs 3f0c9a1e --follow --json | jq -r .message',
  )
    .option('--step <name>', 'only of a step (Extract) or of a function (load-redshift)')
    .option('--since <time>', 'only from then on: 30s, 10m, 2h, 1d ago, or 2026-11-20T07:00Z')
    .option('--follow', 'go on until the run has ended', false)
    .option('--pipeline <name>', 'look among its runs only')
    .action(async (run: string, options) => {
      const { logs } = await import('./logs');
      await logs(run, options);
    });
  localVerb(parent, 'mail', 'list the mails that would have been sent, or read one', 'mail', 'mail 1')
    .addArgument(new Argument('[number]', 'of the list').argParser(positive))
    .addOption(limitOption(20))
    .action(async (number: number | undefined, options) => {
      const { mail } = await import('./mail');
      mail(number, options);
    });
}

function addData(parent: Command): void {
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

function addDefinitions(parent: Command): void {
  const begin = parent.command('new').description('begin something: new pipeline');
  verb(
    begin,
    'pipeline <name>',
    'write a folder state-machines/<name> that compiles, with a model, a test of it and sample data',
    'new pipeline flights --from flights.csv    # the contract is read off the file',
    'new pipeline flights --source mysql',
  )
    .option('--from <file>', 'a CSV file of yours (gzip as well): names, types and format are told from it')
    .addOption(
      new Option('--source <kind>', 'where rows come from')
        .choices(['csv', 'http', 'mysql', 'postgres', 'dynamodb'])
        .default('csv'),
    )
    .action(async (name: string, options) => {
      const { beginPipeline } = await import('./new');
      await beginPipeline(name, options);
    });
  cloudVerb(
    parent,
    'pipelines',
    'list the pipelines of this project, and whether they are deployed or paused in the local cloud that is up, or in an account',
    'pipelines',
    'pipelines --profile prod',
  ).action(async (options) => {
    const { listPipelines } = await import('./definitions');
    await listPipelines(options);
  });
  cloudVerb(
    parent,
    'doctor',
    'look for what keeps runs from working, on this machine and in the local cloud or an account; exit code 1 if something fails',
    'doctor',
    'doctor --profile prod --json',
  ).action(async (options) => {
    const { doctor } = await import('./doctor');
    await doctor(options);
  });
  verb(parent, 'validate', 'check every pipeline: definition, SQL, state machine', 'validate').action(
    async (options) => {
      const { validate } = await import('./definitions');
      await validate(options);
    },
  );
  verb(
    parent,
    'test [pipeline] [model]',
    'run the tests of models: <model>.test.yaml beside the SQL; exit code 1 if one fails, 2 if one could not run',
    'test',
    'test orders',
    'test orders order_lines --json',
  ).action(async (pipeline: string | undefined, model: string | undefined, options) => {
    const { test } = await import('./test');
    await test(pipeline, model, options);
  });
  verb(parent, 'compile', 'write state-machine.asl.json beside each pipeline.ts', 'compile').action(async (options) => {
    const { compileAll } = await import('./definitions');
    await compileAll(options);
  });
  verb(parent, 'synth', 'write the CloudFormation templates', 'synth', 'synth --output /tmp/templates')
    .option('--output <folder>', 'where they go (default: cdk.out)')
    .action(async (options: { json: boolean; output?: string }) => {
      const { synth } = await import('./synth');
      await synth(options);
    });
}

function addCompletion(root: Command): void {
  verb(
    root,
    'completion',
    "print a script by which a shell completes stepwell's verbs, options and pipelines",
    'completion bash >> ~/.bashrc',
    'completion zsh >> ~/.zshrc',
    'completion fish > ~/.config/fish/completions/stepwell.fish',
  )
    .addArgument(new Argument('<shell>', 'whose').choices(SHELLS))
    .action(async (shell: 'bash' | 'zsh' | 'fish', options) => {
      const { completion } = await import('./completion');
      completion(shell, root, options);
    });
}

/** As in `completion.ts`. */
const SHELLS = ['bash', 'zsh', 'fish'];

/** As in `quarantine-state.ts`, which loads more. */
const QUARANTINE_STATES = ['open', 'replayed', 'discarded'];

/** As in `pause.ts`, which loads more. */
const MISSED = ['all', 'last', 'none'];

const limitOption = (fallback: number): Option =>
  new Option('--limit <n>', 'how many at most').default(fallback).argParser(positive);

function positive(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1) throw new InvalidArgumentError('It is a whole number from 1.');
  return n;
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new InvalidArgumentError('A port is 0 to 65535.');
  return port;
}
