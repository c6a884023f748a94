/** What is wrong with a `custom` source beyond its shape. What its file says, the compiler looks at. */
import type { RowSource } from '../types';
import { type HttpMistake as Mistake, partitionMistakes, secretNameMistakes } from './http-mistakes';

/** Step Functions runs at most 40 items of an inline Map at once. */
const MOST_AT_ONCE = 40;

export const MODULE_FILE = /^(?!\/|[A-Za-z]:)[^\0]+\.[cm]?[jt]s$/;

export function customMistakes({ config, cursor, partitions }: RowSource): Mistake[] {
  if (config.kind !== 'custom') return [];
  const { file, secrets, concurrency } = config;
  const mistakes: Mistake[] = [
    ...secrets.flatMap((secret, index) => secretNameMistakes(secret, ['config', 'secrets', index])),
    ...partitionMistakes(partitions),
  ];
  if (!MODULE_FILE.test(file)) {
    const rule = 'it names a TypeScript file beside pipeline.ts';
    mistakes.push({ path: ['config', 'file'], rule, remedy: "Use e.g. custom('./extract.ts', { … })." });
  }
  if (!(Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= MOST_AT_ONCE)) {
    const rule = `1 to ${MOST_AT_ONCE} partitions are extracted at once`;
    mistakes.push({ path: ['config', 'concurrency'], rule, remedy: 'Use e.g. concurrency: 10.' });
  }
  if (cursor?.column === '') {
    mistakes.push({ path: ['cursor'], rule: 'a column has a name', remedy: "Use e.g. cursor: 'updated_at'." });
  }
  return mistakes;
}
