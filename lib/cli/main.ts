/** The verbs of the CLI. Each loads its own code only, so that `--help` is quick. */
import { Command } from 'commander';

export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('stepwell')
    .description('Serverless ETL on AWS Step Functions, on this machine')
    .showHelpAfterError()
    .showSuggestionAfterError();

  program
    .command('start')
    .description('start the local cloud, run every pipeline on its sample files, and stay up')
    .option('--once', 'exit when the runs have ended; 0 only if each did what it should')
    .option('--json', 'print the summary as JSON on standard output, and nothing else there')
    .option('--port <port>', 'port on 127.0.0.1; 0 for any free one', '4510')
    .option('--state-dir <folder>', 'where data survives a restart', '.stepwell')
    .action(async (options: { once?: boolean; json?: boolean; port: string; stateDir: string }) => {
      const { start } = await import('./start');
      await start({
        once: options.once ?? false,
        json: options.json ?? false,
        port: Number(options.port),
        stateDir: options.stateDir,
      });
    });

  program
    .command('drop <files...>')
    .description('put files into the landing bucket of the local cloud: each starts a run')
    .requiredOption('--pipeline <name>', 'the pipeline whose folder of the bucket they go to')
    .option('--state-dir <folder>', 'of the local cloud', '.stepwell')
    .action(async (files: string[], options: { pipeline: string; stateDir: string }) => {
      const { drop } = await import('./drop');
      await drop(files, options);
    });

  program
    .command('compile')
    .description('write state-machine.asl.json beside each pipeline.ts')
    .action(async () => {
      const { compileAll } = await import('./compile');
      await compileAll();
    });

  await program.parseAsync([...argv]);
}
