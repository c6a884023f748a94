/**
 * Cases of single APIs: a file each, `test/contract/<service>/<case>.json`, a list of calls and what AWS answers. Runs against AWS itself
 * with `REMOTE=1`; a case that needs a role of the account names the environment variable that holds its ARN.
 *
 * - `{name}` in any text is a name that no other run uses, the same within a case; `{=x}` is what an earlier step has kept as `x`.
 * - `{now}`, `{now-60}` as a whole text is a time, in seconds from now; `{at+1}` is one as schedules write it,
 *   `{=now}` the start of the case in milliseconds.
 * - `{"$bytes": "…"}` is a text as bytes; in an answer bytes are compared as text.
 * - `{"$zip": {"index.js": "…"}}` is a zip file, its texts as they are.
 * - `{"$repeat": 3, "of": {"Key": "k{#}"}}` is a list of three, `{#}` their numbers from 1 on; `{"$text": 1025, "of": "x"}` is one text of that many.
 * - `expect` is a part of the answer. In it `"/…/"` is a regular expression, `"<any>"` anything that is there, `"<none>"` what is not there.
 * - `eventually` asks again until the answer is as expected.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zip } from '../zip';

export interface Case {
  readonly about: string;
  readonly steps: readonly Step[];
  /** calls that remove what the steps have made; each is tried, whatever becomes of the others */
  readonly finally?: readonly Step[];
  /** environment variables that it needs with `REMOTE=1` */
  readonly needs?: readonly string[];
}

export interface Step {
  /** e.g. `sqs.SendMessage` */
  readonly call: string;
  readonly input?: unknown;
  readonly expect?: unknown;
  readonly error?: { readonly code: string; readonly status?: number; readonly message?: string };
  /** name → path in the answer, e.g. `Messages.0.ReceiptHandle` */
  readonly keep?: Readonly<Record<string, string>>;
  readonly eventually?: boolean;
}

interface Repeated {
  readonly of: string;
}

export function readCases(service: string): readonly [name: string, test: Case][] {
  const folder = join(__dirname, service);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => [file.replace('.json', ''), JSON.parse(readFileSync(join(folder, file), 'utf8')) as Case]);
}

/** `input` with its names and times filled in. */
export function fill(value: unknown, kept: ReadonlyMap<string, unknown>, name: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((element) => fill(element, kept, name));
  if (typeof value === 'object' && value !== null) {
    if ('$zip' in value) return zip(value.$zip as Record<string, string>);
    if ('$bytes' in value) return Buffer.from(String(fill(value.$bytes, kept, name)));
    if ('$text' in value) return (value as unknown as Repeated).of.repeat(Number(value.$text));
    if ('$repeat' in value) {
      const template = JSON.stringify((value as unknown as Repeated).of);
      return Array.from({ length: Number(value.$repeat) }, (_, index) =>
        fill(JSON.parse(template.replaceAll('{#}', String(index + 1))), kept, name),
      );
    }
    return Object.fromEntries(
      Object.entries(value).map(([key, element]) => [String(fill(key, kept, name)), fill(element, kept, name)]),
    );
  }
  if (typeof value !== 'string') return value;
  const time = /^\{now([+-]\d+)?\}$/.exec(value);
  if (time) return new Date(Date.now() + Number(time[1] ?? 0) * 1_000);
  const whole = /^\{=(\w+)\}$/.exec(value);
  if (whole) return kept.get(whole[1] as string);
  return value
    .replace(/\{at\+(\d+)\}/g, (_, seconds: string) => wallClock(Number(seconds)))
    .replace(/\{=(\w+)\}/g, (_, key: string) => String(kept.get(key)))
    .replace(/\{([a-z][a-z0-9-]*)\}/g, (_, key: string) => name(key));
}

/** To the second, and not before. */
const wallClock = (inSeconds: number) =>
  new Date(Math.ceil(Date.now() / 1_000 + inSeconds) * 1_000).toISOString().slice(0, 19);

export function at(value: unknown, path: string): unknown {
  let found = value;
  for (const step of path.split('.')) found = (found as Record<string, unknown> | undefined)?.[step];
  return found;
}

/** What differs, or undefined where the answer is as expected. */
export function difference(expected: unknown, actual: unknown, path = ''): string | undefined {
  const tell = () => `${path || 'the answer'}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`;
  if (expected === '<any>') return actual === undefined || actual === null ? tell() : undefined;
  if (expected === '<none>') return actual === undefined || actual === null ? undefined : tell();
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return tell();
    for (const [index, element] of expected.entries()) {
      const found = difference(element, actual[index], `${path}[${index}]`);
      if (found) return found;
    }
    return undefined;
  }
  if (actual instanceof Uint8Array && typeof expected === 'string')
    return difference(expected, Buffer.from(actual).toString(), path);
  if (actual instanceof Date && typeof expected === 'string') return difference(expected, actual.toISOString(), path);
  if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null) return tell();
    for (const [key, element] of Object.entries(expected)) {
      const found = difference(element, (actual as Record<string, unknown>)[key], path ? `${path}.${key}` : key);
      if (found) return found;
    }
    return undefined;
  }
  const pattern = typeof expected === 'string' ? /^\/(.*)\/$/s.exec(expected) : null;
  if (pattern) return new RegExp(pattern[1] as string, 's').test(String(actual)) ? undefined : tell();
  return expected === actual ? undefined : tell();
}
