/** What the verbs of the CLI have in common: their options, their examples, their numbers. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_STATE_DIR } from '../operate/pipelines';

export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ npx ${line}`).join('\n')}`;

/** A verb of the local cloud alone. */
export const localVerb = (parent: Command, usage: string, description: string, ...lines: readonly string[]): Command =>
  verb(parent, usage, description, ...lines).addOption(
    new Option('--state-dir <folder>', 'of the local cloud').default(DEFAULT_STATE_DIR, '.stepwell of this project'),
  );

/** A verb that asks what is deployed: in the local cloud, or in an account. */
export const cloudVerb = (parent: Command, usage: string, description: string, ...lines: readonly string[]): Command =>
  addTarget(verb(parent, usage, description, ...lines));

/** The verb of a group that is meant where none is named: `lineage orders` is `lineage show orders`. */
export const defaultCloudVerb = (
  parent: Command,
  usage: string,
  description: string,
  ...lines: readonly string[]
): Command => addTarget(described(parent.command(usage, { isDefault: true }), description, lines));

const addTarget = (command: Command): Command =>
  command
    .option('--profile <name>', 'of ~/.aws/config: ask its account, not the local cloud (default: AWS_PROFILE)')
    .option('--region <region>', 'of the account (default: AWS_REGION, or that of the profile)')
    .option('--env <name>', 'environment of cdk.json, in an account (default: STEPWELL_ENV, or the one without a name)')
    .option('--state-dir <folder>', 'of the local cloud (default: .stepwell of this project)');

export const verb = (parent: Command, usage: string, description: string, ...lines: readonly string[]): Command =>
  described(parent.command(usage), description, lines);

const described = (command: Command, description: string, lines: readonly string[]): Command =>
  command
    .description(description)
    .option('--json', 'print JSON on standard output, and nothing else there', false)
    .addHelpText('after', examples(...lines.map((line) => `stepwell ${line}`)));

export const limitOption = (fallback: number): Option =>
  new Option('--limit <n>', 'how many at most').default(fallback).argParser(positive);

export function positive(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1) throw new InvalidArgumentError('It is a whole number from 1.');
  return n;
}
