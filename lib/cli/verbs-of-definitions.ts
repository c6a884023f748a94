/** Verbs of the definitions, and of what runs them: this machine, and the shell. */
import { Argument, type Command, Option } from 'commander';
import { cloudVerb, verb } from './verb';

export function addDefinitions(parent: Command): void {
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
        .choices(['csv', 'http', 'mysql', 'postgres', 'dynamodb', 'stream'])
        .default('csv'),
    )
    .action(async (name: string, options) => {
      const { beginPipeline } = await import('./new');
      await beginPipeline(name, options);
    });
  cloudVerb(
    parent,
    'pipelines [names...]',
    'list the pipelines of this project, and of those in the local cloud that is up, or in an account: whether they are paused, how old their data are, what is wrong',
    'pipelines',
    'pipelines orders',
    'pipelines --profile prod',
  ).action(async (names: string[], options) => {
    const { listPipelines } = await import('./definitions');
    await listPipelines(names, options);
  });
  cloudVerb(
    parent,
    'alarms [pipeline]',
    'show the alarms that are in ALARM, or have no data; exit code 1 while one is in ALARM',
    'alarms',
    'alarms orders --all',
    'alarms --profile prod --json',
  )
    .option('--all', 'also those that are OK', false)
    .action(async (pipeline: string | undefined, options) => {
      const { alarms } = await import('./alarms');
      await alarms(pipeline, options);
    });
  cloudVerb(
    parent,
    'doctor',
    'look for what keeps runs from working, on this machine and in the local cloud or an account; exit code 1 if something fails. ' +
      'doctor iam: which grants of the roles no call in the local cloud has used',
    'doctor',
    'doctor --profile prod --json',
    'doctor iam',
  )
    .addArgument(new Argument('[part]', 'one thing alone').choices(['iam']))
    .action(async (part: 'iam' | undefined, options) => {
      if (part === 'iam') (await import('./doctor/iam')).doctorIam(options);
      else await (await import('./doctor')).doctor(options);
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

export function addCompletion(root: Command): void {
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
