/** Completion for shells: a script made of the verbs and options that commander knows, so that it never lags behind them. */
import type { Argument, Command, Option } from 'commander';
import { PIPELINES } from '../operate/pipelines';
import { printer } from './printer';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What a value may be. `nothing`: only the user knows. */
type Values = { readonly words: readonly string[] } | 'pipeline' | 'profile' | 'file' | 'nothing';

export interface CompletedVerb {
  /** `/quarantine/list`; empty for the program itself */
  readonly path: string;
  readonly verbs: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly CompletedOption[];
  /** of the arguments */
  readonly values: Values;
}

export interface CompletedOption {
  readonly long: string;
  readonly description: string;
  /** absent: it takes none */
  readonly values?: Values;
}

export function completion(shell: Shell, root: Command, options: { readonly json: boolean }): void {
  const script = SCRIPTS[shell](verbsOf(root), PIPELINES);
  printer(options).print({ shell, script }, () => [script.trimEnd()]);
}

export function verbsOf(command: Command, path = ''): CompletedVerb[] {
  const help = command.createHelp();
  const verbs = help.visibleCommands(command);
  return [
    {
      path,
      verbs: verbs.map((verb) => ({ name: verb.name(), description: firstSentence(verb.description()) })),
      options: help.visibleOptions(command).flatMap(completedOption),
      values: command.registeredArguments.map(valuesOf).find((values) => values !== 'nothing') ?? 'nothing',
    },
    ...verbs.filter((verb) => verb.name() !== 'help').flatMap((verb) => verbsOf(verb, `${path}/${verb.name()}`)),
  ];
}

function completedOption(option: Option): CompletedOption[] {
  const { long, description, required, optional } = option;
  if (!long) return [];
  return [
    { long, description: firstSentence(description), ...(required || optional ? { values: valuesOf(option) } : {}) },
  ];
}

/** By the name of the place: `<pipeline>`, `--pipeline <name>`, `<files...>`. */
function valuesOf(place: Argument | Option): Values {
  if (place.argChoices) return { words: place.argChoices };
  const name = 'long' in place ? (place.long ?? '') : place.name();
  if (/^(--)?pipelines?$/.test(name)) return 'pipeline';
  if (name === '--profile') return 'profile';
  return name === 'files' || ('flags' in place && /<(file|folder)>/.test(place.flags)) ? 'file' : 'nothing';
}

const firstSentence = (text: string): string => text.split(/[;:(]/)[0]!.trim();

const SCRIPTS: Readonly<Record<Shell, (verbs: readonly CompletedVerb[], pipelines: string) => string>> = {
  bash: bashScript,
  // zsh runs bash's own.
  zsh: (verbs, pipelines) =>
    `autoload -U +X compinit && compinit -i\nautoload -U +X bashcompinit && bashcompinit\n${bashScript(verbs, pipelines)}`,
  fish: fishScript,
};

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function bashScript(verbs: readonly CompletedVerb[], pipelines: string): string {
  const paths = verbs.map(({ path }) => path).filter((path) => path !== '');
  const values = verbs.flatMap(({ path, options }) =>
    options.flatMap((option) =>
      option.values ? [`    ${quoted(`${path} ${option.long}`)}) ${bashValues(option.values)} ;;`] : [],
    ),
  );
  const ofVerbs = verbs.map(({ path, verbs: below, options, values: ofArguments }) => {
    const words =
      below.length > 0 ? `words=${quoted(below.map(({ name }) => name).join(' '))}` : bashWords(ofArguments);
    return `    ${quoted(path)}) options=${quoted(options.map(({ long }) => long).join(' '))}; ${words} ;;`;
  });
  return `# Completion of stepwell for bash: stepwell completion bash >> ~/.bashrc
_stepwell_pipelines() {
  local file
  for file in ${quoted(pipelines)}/*/pipeline.ts; do
    file="\${file%/pipeline.ts}"
    printf '%s ' "\${file##*/}"
  done
}
_stepwell_profiles() {
  sed -n -e 's/^\\[profile  *\\(.*\\)\\] *$/\\1/p' -e 's/^\\[\\(default\\)\\] *$/\\1/p' "\${AWS_CONFIG_FILE:-$HOME/.aws/config}" 2>/dev/null
}
_stepwell() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}"
  local verb='' words='' options='' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$verb/\${COMP_WORDS[i]}" in
      ${paths.join('|')}) verb="$verb/\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$verb $prev" in
${values.join('\n')}
  esac
  case "$verb" in
${ofVerbs.join('\n')}
  esac
  if [ "\${cur#-}" != "$cur" ]; then words="$options"; fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _stepwell stepwell
`;
}

/** Files are what the shell completes by itself where there is no answer. */
function bashWords(values: Values): string {
  if (values === 'pipeline') return 'words="$(_stepwell_pipelines)"';
  if (values === 'profile') return 'words="$(_stepwell_profiles)"';
  return typeof values === 'string' ? "words=''" : `words=${quoted(values.words.join(' '))}`;
}

const bashValues = (values: Values): string =>
  values === 'file' || values === 'nothing'
    ? 'return'
    : `${bashWords(values)}; COMPREPLY=($(compgen -W "$words" -- "$cur")); return`;

function fishScript(verbs: readonly CompletedVerb[], pipelines: string): string {
  const paths = verbs.map(({ path }) => path).filter((path) => path !== '');
  const lines = verbs.flatMap(({ path, verbs: below, options, values }) => {
    const when = `-n ${fishQuoted(`test (__stepwell_verb) = "${path}"`)}`;
    return [
      ...below.map(
        ({ name, description }) => `complete -c stepwell -f ${when} -a ${name} -d ${fishQuoted(description)}`,
      ),
      ...(below.length === 0 || values !== 'nothing' ? [`complete -c stepwell ${when} ${fishValues(values)}`] : []),
      ...options.map(
        ({ long, description, values: of }) =>
          `complete -c stepwell ${when} -l ${long.slice(2)} -d ${fishQuoted(description)}${of === undefined ? '' : ` -r ${fishValues(of)}`}`,
      ),
    ];
  });
  return `# Completion of stepwell for fish: stepwell completion fish > ~/.config/fish/completions/stepwell.fish
function __stepwell_pipelines
    for file in ${fishQuoted(pipelines)}/*/pipeline.ts
        basename (dirname $file)
    end
end
function __stepwell_profiles
    set -l file ~/.aws/config
    set -q AWS_CONFIG_FILE; and set file $AWS_CONFIG_FILE
    sed -n -e 's/^\\[profile  *\\(.*\\)\\] *$/\\1/p' -e 's/^\\[\\(default\\)\\] *$/\\1/p' $file 2>/dev/null
end
function __stepwell_verb
    set -l verb ''
    for word in (commandline -opc)[2..-1]
        contains -- "$verb/$word" ${paths.join(' ')}; and set verb "$verb/$word"
    end
    echo "$verb"
end
${lines.join('\n')}
`;
}

function fishValues(values: Values): string {
  if (values === 'file') return '-F';
  if (values === 'pipeline') return "-f -a '(__stepwell_pipelines)'";
  if (values === 'profile') return "-f -a '(__stepwell_profiles)'";
  return values === 'nothing' ? '-f' : `-f -a ${fishQuoted(values.words.join(' '))}`;
}

const fishQuoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
