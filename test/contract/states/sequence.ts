/**
 * Sequences of API calls. A file in `calls/` holds a list of them; the steps of one run in order, the sequences side by side.
 *
 * `${…}` in any text is replaced: `${name}` (of this run alone), `${role}`, `${account}`, and `${step.member}` by what the step named
 * `as: "step"` has answered (`${step.list.0.member}`, too). Where a value is expected, `$match`, `$any` and `$part` are as in a
 * case (`case.ts`).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Step {
  /** An operation of Step Functions, or `logs:FilterLogEvents` for one of another service. */
  readonly call: string;
  readonly with?: Readonly<Record<string, unknown>>;
  /** A text of so many characters as the value of these members. */
  readonly filled?: Readonly<Record<string, number>>;
  /** The call is made again until its answer has these members. */
  readonly until?: unknown;
  /** The answer, dates as texts. */
  readonly gives?: unknown;
  readonly refused?: { readonly name: string; readonly message?: unknown };
  readonly as?: string;
}

export interface Sequence {
  readonly name: string;
  readonly topic: string;
  readonly steps: readonly Step[];
}

const FOLDER = join(__dirname, 'calls');

export const readSequences = (): Sequence[] =>
  readdirSync(FOLDER)
    .sort()
    .flatMap((file) =>
      (JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Omit<Sequence, 'topic'>[]).map((one) => ({
        ...one,
        topic: file.replace('.json', ''),
      })),
    );

/** Replaces `${a.b}` in every text. A text that is nothing else becomes the value itself. */
export function resolve(value: unknown, values: Readonly<Record<string, unknown>>): unknown {
  if (typeof value === 'string') {
    const [, whole] = /^\$\{([\w.]+)\}$/.exec(value) ?? [];
    if (whole !== undefined) return lookUp(whole, values);
    return value.replace(/\$\{([\w.]+)\}/g, (_, path: string) => String(lookUp(path, values)));
  }
  if (Array.isArray(value)) return value.map((item) => resolve(item, values));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, resolve(member, values)]));
}

function lookUp(path: string, values: Readonly<Record<string, unknown>>): unknown {
  const found = path
    .split('.')
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], values);
  if (found === undefined) throw new Error(`No step has answered "${path}".`);
  return found;
}
