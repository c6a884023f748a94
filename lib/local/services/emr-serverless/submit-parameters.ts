/** `SparkSubmitParameters`: one text, split as a shell would, in the terms of spark-submit. */
import { invalid } from './record';

export interface SubmitParameters {
  readonly confs: ReadonlyMap<string, string>;
  readonly pyFiles: readonly string[];
  /** everything else, as it was given */
  readonly others: readonly string[];
}

/** Said by the service itself. */
const REFUSED = new Set(['--master', '--deploy-mode', '--cluster-manager']);
const SHORT: Readonly<Record<string, string>> = {
  '--driver-memory': 'spark.driver.memory',
  '--driver-cores': 'spark.driver.cores',
  '--executor-memory': 'spark.executor.memory',
  '--executor-cores': 'spark.executor.cores',
  '--num-executors': 'spark.executor.instances',
};

/** @throws ValidationException */
export function readSubmitParameters(text = ''): SubmitParameters {
  const words = wordsOf(text);
  const confs = new Map<string, string>();
  const pyFiles: string[] = [];
  const others: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const [word = '', inline] = /^(--[\w-]+)=(.*)$/s.exec(words[at]!)?.slice(1) ?? [words[at]!];
    if (REFUSED.has(word)) throw invalid(`${word} is not supported in sparkSubmitParameters.`);
    const value = () => {
      const given = inline ?? words[++at];
      if (given === undefined) throw invalid(`${word} in sparkSubmitParameters has no value.`);
      return given;
    };
    if (word === '--conf' || word === '-c') {
      const [, name, setting] = /^([^=]+)=(.*)$/s.exec(value()) ?? [];
      if (name === undefined) throw invalid('A --conf in sparkSubmitParameters is written name=value.');
      confs.set(name.trim(), setting!);
    } else if (word === '--py-files') pyFiles.push(...value().split(','));
    else if (SHORT[word] !== undefined) confs.set(SHORT[word]!, value());
    else if (word === '--verbose') others.push(word);
    else others.push(word, value());
  }
  return { confs, pyFiles, others };
}

const WORDS = /(?:[^\s"'\\]+|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/gs;

function wordsOf(text: string): string[] {
  return [...text.matchAll(WORDS)].map(([word]) =>
    word.replace(/\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/gs, (_, escaped, double, single) =>
      double === undefined ? (escaped ?? single) : double.replace(/\\(["\\$`])/g, '$1'),
    ),
  );
}
