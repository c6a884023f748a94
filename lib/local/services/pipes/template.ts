/** Filters and input templates over events whose `body` (of a queue) or `data` (of a stream) is JSON as text. Pure. */
import { valueAt } from '../../events/json-path';
import { compilePattern } from '../../events/pattern';
import { fillPlaceholders } from '../../events/transform';

type Event = Readonly<Record<string, unknown>>;

/** The fields that Pipes parses where a path or a pattern leads into them. */
const PARSED = ['body', 'data'];

const parsed = (event: Event): Event => {
  const fields = PARSED.flatMap((name) => {
    const value = event[name];
    const json = typeof value === 'string' ? parse(value) : undefined;
    return json === undefined ? [] : [[name, json] as const];
  });
  return fields.length === 0 ? event : { ...event, ...Object.fromEntries(fields) };
};

/** Whether one of the patterns lets the event through; without patterns, all pass. */
export function passesFilters(patterns: readonly string[]): (event: Event) => boolean {
  if (patterns.length === 0) return () => true;
  const matchers = patterns.map((pattern) => compilePattern(pattern, pattern.length));
  return (event) => {
    const whole = parsed(event);
    return matchers.some((matches) => matches(event) || matches(whole));
  };
}

export interface PipeVariables {
  readonly 'aws.pipes.pipe-arn': string;
  readonly 'aws.pipes.pipe-name': string;
  readonly 'aws.pipes.source-arn': string;
  readonly 'aws.pipes.enrichment-arn': string;
  readonly 'aws.pipes.target-arn': string;
  readonly 'aws.pipes.event.ingestion-time': string;
}

/** The template filled from the event; JSON where the text is JSON, a text otherwise. Without a template the event as it is. */
export function fillInput(template: string | undefined, event: unknown, variables: PipeVariables): unknown {
  if (!template) return event;
  const filled = fillPlaceholders(template, (name) => {
    if (name.startsWith('$')) return pathIn(event, name) ?? '';
    if (name === 'aws.pipes.event' || name === 'aws.pipes.event.json') return event;
    return Object.hasOwn(variables, name) ? variables[name as keyof PipeVariables] : '';
  });
  return parse(filled) ?? filled;
}

/** `$.body.order.id` also where the body is text. */
export function pathIn(event: unknown, path: string): unknown {
  const isObject = typeof event === 'object' && event !== null && !Array.isArray(event);
  return valueAt(isObject ? parsed(event as Event) : event, path);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
