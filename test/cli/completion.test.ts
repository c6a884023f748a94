/** The verbs as commander knows them: what each offers, and what shells make of it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { SHELLS, verbsOf } from '../../lib/cli/completion';
import { program } from '../../lib/cli/main';
import { json } from './stepwell';

const folder = mkdtempSync(path.join(tmpdir(), 'stepwell-completion-'));
const scripts = new Map<string, string>();

beforeAll(async () => {
  for (const shell of SHELLS) {
    const { script } = await json<{ script: string }>('completion', shell);
    const file = path.join(folder, shell);
    writeFileSync(file, script);
    scripts.set(shell, file);
  }
  writeFileSync(path.join(folder, 'config'), '[default]\n[profile prod]\nregion = eu-central-1\n[sso-session work]\n');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Every verb that does something. */
function leaves(command: Command, name = ''): [name: string, verb: Command][] {
  const own = command.commands.filter((one) => one.name() !== 'help');
  const below = own.flatMap((one) => leaves(one, `${name} ${one.name()}`.trim()));
  // `backfill <pipeline>` has verbs of its own besides.
  return own.length === 0 || command.registeredArguments.length > 0 ? [[name, command], ...below] : below;
}

test.each(leaves(program()))('%s has a description, `--json`, and examples that name it in its help', (name, verb) => {
  let help = '';
  verb.configureOutput({
    writeOut: (text) => {
      help += text;
    },
  });
  verb.outputHelp();

  expect(verb.description().length).toBeGreaterThan(10);
  expect(verb.options.map(({ long }) => long)).toContain('--json');
  expect(help).toContain(`\nExamples:\n  $ npx stepwell ${name}`);
});

test('The verbs of the deployed take an account or a state folder; those of definitions and of this machine do not', () => {
  const without = verbsOf(program())
    .filter(
      ({ path: at, verbs, options }) =>
        at !== '' && verbs.length === 0 && !options.some(({ long }) => long === '--profile'),
    )
    .map(({ path: at }) => at.slice(1));

  expect(without).toEqual(['start', 'mail', 'new/pipeline', 'validate', 'test', 'compile', 'synth', 'completion']);
});

const CASES: readonly (readonly [words: string, expected: readonly string[]])[] = [
  ['stepwell ru', ['run', 'runs']],
  ['stepwell quarantine re', ['replay']],
  ['stepwell quarantine list --st', ['--state', '--state-dir']],
  ['stepwell quarantine list --state ', ['discarded', 'open', 'replayed']],
  ['stepwell runs or', ['orders']],
  ['stepwell drop x.csv --pipeline w', ['weather']],
  ['stepwell runs orders --profile ', ['default', 'prod']],
  ['stepwell resume orders --missed l', ['last']],
];

test.each(CASES)('bash: %j', (line, expected) => {
  const words = line.split(' ').map((word) => `'${word}'`);
  const script = `source ${scripts.get('bash')}; COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _stepwell; printf '%s\\n' "\${COMPREPLY[@]}"`;

  expect(answer('bash', ['-c', script])).toEqual(expected);
});

const isInstalled = (shell: string): boolean => spawnSync(shell, ['-c', 'exit 0']).status === 0;
const testIn = (shell: string) => (isInstalled(shell) ? test : test.skip);

testIn('fish')('fish says the same, where it is installed', () => {
  const answers = CASES.map(([line]) =>
    answer('fish', ['-c', `source ${scripts.get('fish')}; complete -C '${line}'`]).map((one) => one.split('\t')[0]),
  );

  expect(answers).toEqual(CASES.map(([, expected]) => expected));
});

testIn('zsh')('zsh reads its script, where it is installed', () => {
  const script = `source ${scripts.get('zsh')}; echo "$_comps[stepwell]"`;

  expect(answer('zsh', ['-fc', script])).toEqual(['_bash_complete -o default -F _stepwell']);
});

function answer(shell: string, args: readonly string[]): string[] {
  const env = { ...process.env, AWS_CONFIG_FILE: path.join(folder, 'config'), HOME: folder };
  const { stdout, stderr } = spawnSync(shell, args, { encoding: 'utf8', env });
  expect(stderr).toBe('');
  return stdout.trim().split('\n').sort();
}
