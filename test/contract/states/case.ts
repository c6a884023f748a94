/** The cases: what one holds, and how what is expected is compared. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { QueryLanguage, StateMachine, States } from '../../../lib/asl/types';

/**
 * A file under `cases/<topic>/` holds one, or a list of close variants.
 *
 * `${…}` in any text is replaced: `${task}` (the ARN of the function in `functions/task.js`), `${bucket}` and `${prefix}` (where
 * `objects` lie), `${queue}` (a URL), `${queueArn}`, `${topic}`, `${table}` (its key is `pk`), `${role}`, `${account}`,
 * `${region}`, the name of each of `machines`; in what is expected also `${execution}`, `${executionName}`, `${machine}` (ARNs),
 * `${machineName}` and `${start}`.
 *
 * Where a value is expected, `{ "$match": "regular expression" }` takes any text that it matches, `{ "$any": "string" }` any of
 * that type, `{ "$part": {…} }` any object with these members among others.
 */
export interface Case {
  /** A sentence; the file's name unless told. */
  readonly name?: string;
  readonly definition?: StateMachine;
  /** For short: `states`, the first one of which is where it starts, in `language` (JSONata unless told). */
  readonly states?: States;
  readonly language?: QueryLanguage;
  readonly timeoutSeconds?: number;
  /** Standard unless told; an Express execution is a synchronous one, which has no history. */
  readonly type?: 'STANDARD' | 'EXPRESS';
  /** Other state machines, created before. */
  readonly machines?: Readonly<Record<string, StateMachine>>;
  /** Put into `${bucket}` before, under `${prefix}/`. Text, or what becomes JSON. */
  readonly objects?: Readonly<Record<string, unknown>>;
  readonly input?: unknown;
  /** CreateStateMachine answers with this message. */
  readonly refused?: unknown;
  /** SUCCEEDED unless told or an error is expected, then FAILED. */
  readonly status?: string;
  readonly output?: unknown;
  /** The output's very text. */
  readonly outputText?: string;
  /** Null where there is to be none. */
  readonly error?: unknown;
  readonly cause?: unknown;
  /** All events, each `<id><<previous> <type> <name>`, or a pair of that and members of its details. */
  readonly history?: readonly (string | readonly [string, unknown])[];
  /** The types alone, where ids say nothing more. */
  readonly events?: readonly string[];
  /** Events that are there, among others: pairs of type and members of the details. */
  readonly among?: readonly (readonly [string, unknown])[];
}

export interface NamedCase extends Case {
  readonly name: string;
  readonly topic: string;
  /** `retry/counters.json 2`: for the environment variable `CASES`, which picks by it. */
  readonly id: string;
}

const FOLDER = join(__dirname, 'cases');

/** Those whose id holds `CASES`, where that is given. */
export function readCases(): NamedCase[] {
  const found: NamedCase[] = [];
  for (const file of readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!file.endsWith('.json')) continue;
    const path = relative('.', file).replaceAll('\\', '/');
    let content: Case | readonly Case[];
    try {
      content = JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));
    } catch (error) {
      throw new Error(`${path} is not JSON: ${(error as Error).message}`);
    }
    const list = Array.isArray(content) ? (content as readonly Case[]) : [content as Case];
    list.forEach((one, index) => {
      const id = list.length === 1 ? path : `${path} ${index}`;
      const fileName = path.slice(path.lastIndexOf('/') + 1, -'.json'.length).replaceAll('-', ' ');
      const name = one.name ?? (list.length === 1 ? fileName : `${fileName} ${index}`);
      found.push({ ...one, name, topic: path.slice(0, path.indexOf('/')), id });
    });
  }
  const wanted = process.env.CASES;
  return wanted === undefined ? found : found.filter(({ id }) => id.includes(wanted));
}

export function definitionOf(one: Case): unknown {
  if (one.definition !== undefined) return one.definition;
  return {
    QueryLanguage: one.language ?? 'JSONata',
    StartAt: Object.keys(one.states!)[0],
    States: one.states,
    ...(one.timeoutSeconds === undefined ? {} : { TimeoutSeconds: one.timeoutSeconds }),
  };
}

/** Replaces `${name}` in every text of a JSON value, for the names that there are. */
export function substitute<T>(value: T, values: Readonly<Record<string, string>>): T {
  if (typeof value === 'string') {
    return value.replace(/\$\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole) as T;
  }
  if (Array.isArray(value)) return value.map((item) => substitute(item, values)) as T;
  if (value === null || typeof value !== 'object') return value;
  const members = Object.entries(value).map(([key, member]) => [substitute(key, values), substitute(member, values)]);
  return Object.fromEntries(members) as T;
}

/** What jest compares with: the patterns of a case become its matchers. */
export function expected(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(expected);
  if (value === null || typeof value !== 'object') return value;
  const { $match, $any, $part } = value as { $match?: string; $any?: keyof typeof TYPES; $part?: object };
  if ($match !== undefined) return expect.stringMatching(new RegExp($match, 's'));
  if ($any !== undefined) return expect.any(TYPES[$any]);
  if ($part !== undefined) return expect.objectContaining(expected($part) as object);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, expected(member)]));
}

const TYPES = { string: String, number: Number, boolean: Boolean, array: Array, object: Object };

/** `12<11 MapIterationStarted Items[0]` */
export function eventLine(event: HistoryEvent): string {
  const { name, index } = detailsOf(event) as { name?: string; index?: number };
  const about = name === undefined ? '' : ` ${name}${index === undefined ? '' : `[${index}]`}`;
  return `${event.id}<${event.previousEventId} ${event.type}${about}`;
}

/** Its details, texts of JSON parsed. */
export function detailsOf(event: HistoryEvent): Record<string, unknown> {
  const found = Object.entries(event).find(([key]) => key.endsWith('EventDetails'));
  const details = { ...(found?.[1] as Record<string, unknown> | undefined) };
  for (const key of ['input', 'output', 'parameters']) {
    if (typeof details[key] === 'string') details[key] = JSON.parse(details[key]);
  }
  return details;
}
