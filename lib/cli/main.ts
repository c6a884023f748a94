/** The verbs of the CLI. Each loads its own code only, so that `--help` is quick. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { withoutSourceMaps } from '../local/source-maps';
import { EXIT, exitCodeOf, Refused, sentenceFor } from '../operate/errors';
import { PROJECT_ROOT } from '../operate/pipelines';
import { addBackfill } from './backfill/command';
import { DEFAULT_PORT } from './printer';
import { cloudVerb, examples, limitOption, localVerb, positive } from './verb';
import { addData } from './verbs-of-data';
import { addCompletion, addDefinitions } from './verbs-of-definitions';

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
  addConsole(stepwell);
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
    .option('--no-iam', 'do not evaluate policies: every call is allowed, also what AWS will refuse')
    .option('--throttle', "hold callers of Step Functions to AWS's quotas", false)
    .addOption(
      new Option(
        '--cassandra [host:port]',
        'where sinks of Keyspaces are written, as npm run cassandra has it at 127.0.0.1:9042 (default: they are off)',
      )
        .preset('127.0.0.1:9042')
        .argParser(cassandraAddress),
    )
    .option('--once', 'exit when the runs have ended; 0 only if each did what it should', false)
    .addOption(
      new Option('--port <port>', 'on 127.0.0.1; 0 for any free one').default(DEFAULT_PORT).argParser(portNumber),
    )
    .option('--output <folder>', 'where the synthesized templates go (default: cdk.out)')
    .action(async (pipelines: string[], { output, cassandra, ...options }) => {
      if (cassandra !== undefined) process.env.STEPWELL_CASSANDRA = cassandra;
      const [{ start }, { ASSEMBLY }] = await withoutSourceMaps(() =>
        Promise.all([import('./start'), import('./synth')]),
      );
      await start({ ...options, pipelines, output: output ?? ASSEMBLY });
    });
}

function cassandraAddress(text: string): string {
  if (/:\d+$/.test(text)) return text;
  throw new InvalidArgumentError('An address is host:port. Names of pipelines come before the option.');
}

function addConsole(parent: Command): void {
  cloudVerb(
    parent,
    'console',
    'show every run in a browser, and act on it: of the local cloud that is up (npm start has one of its own), or of an account',
    'console',
    'console --profile prod            # read-only',
    'console --profile prod --write',
  )
    .addOption(
      new Option(
        '--port <port>',
        'on 127.0.0.1; 0 for any free one (default: 4511, or the next that is free)',
      ).argParser(portNumber),
    )
    .option('--read-only', 'change nothing: the default for an account')
    .option('--write', 'of an account: let who has the address act as well')
    .action(async (options) => {
      const { openConsole } = await import('./console');
      await openConsole(options);
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
    'put <pipeline> <file>',
    'put each line of a file on the stream that starts a pipeline, and follow the run that publishes them',
    'put users events.ndjson --key login.uuid',
    'put users events.ndjson.gz --no-wait',
    'put users -    # lines of the standard input',
  )
    .option('--key <member>', 'of the JSON: the partition key, whose records keep their order (default: none do)')
    .option('--no-wait', 'return when they are on the stream')
    .action(async (pipeline: string, file: string, options) => {
      const { put } = await import('./put');
      await put(pipeline, file, options);
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
    .option(
      '--waiting [date]',
      'of a pipeline that gathers its files: load what has come now, though it is not whole; of a date, where they are named by one',
    )
    .option('--reprocess', 'load again what has been loaded, in its place', false)
    .option('--no-wait', 'return when it has started')
    .action(async (pipeline: string, options) => {
      const { run } = await import('./run');
      await run(pipeline, options);
    });
  cloudVerb(
    parent,
    'redrive <pipeline> [run]',
    'let a failed run go on at the step that failed, and follow it; or take again what a stream has given up',
    'redrive orders 3f0c9a1e',
    'redrive users --given-up    # batches of its stream that the function could not take',
  )
    .option('--no-wait', 'return when it goes on')
    .option('--given-up', 'not a run: the batches of the stream that were tried in vain', false)
    .addOption(
      new Option(
        '--drop-expired',
        'with --given-up: delete the notes of records that the stream keeps no more',
      ).default(false, 'they stay'),
    )
    .action(async (pipeline: string, run: string | undefined, options) => {
      if (options.givenUp === (run !== undefined))
        throw new Refused(`Name a run of ${pipeline}, or give --given-up. Its runs: npx stepwell runs ${pipeline}`);
      if (options.dropExpired && !options.givenUp)
        throw new Refused('--drop-expired is of --given-up: a run has no notes that could expire.');
      if (run === undefined) {
        const { redriveGivenUp } = await import('./redrive-given-up');
        return redriveGivenUp(pipeline, options);
      }
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
  cloudVerb(
    parent,
    'rebuild <pipeline>',
    'of a pipeline that a stream starts: make its tables anew for a time span, from where all its records are kept; it asks first',
    'rebuild users --from 2026-11-01 --dry-run',
    'rebuild users --from 2026-11-01 --to 2026-11-08',
    'rebuild users --from 2026-11-01T06:00Z --yes --no-wait --json',
  )
    .requiredOption('--from <time>', 'received then or later: a day (from midnight UTC), or a time with Z or an offset')
    .option('--to <time>', '… and before this (default: now; where the lake has partitions of days, today at midnight)')
    .option('--dry-run', 'say what would be done, and do nothing', false)
    .option('--yes', 'do not ask', false)
    .option('--no-wait', 'return when it has started')
    .action(async (pipeline: string, options) => {
      const { rebuild } = await import('./rebuild');
      await rebuild(pipeline, options);
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
      new Option(
        '--missed <which>',
        'runs to start (default: as catchUp of its schedule says, else all, unless they are very many)',
      ).choices(MISSED),
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
    'show a run (the beginning of its id is enough): steps, rows, error, the first bad rows; of one that failed, warnings and errors of its log; or, by its name, how the stream of a pipeline does',
    'show 3f0c9a1e',
    'show 3f0c9a1e --json',
    'show users',
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
      await mail(number, options);
    });
}

/** As in `pause.ts`, which loads more. */
const MISSED = ['all', 'last', 'none'];

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new InvalidArgumentError('A port is 0 to 65535.');
  return port;
}
