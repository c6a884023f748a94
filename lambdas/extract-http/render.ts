/** Fills in what `url`, `query` and `headers` name: `{partition.city}`, `{interval.start:unix}`. */
import type { Run } from '../../lib/tasks/common';
import { InvalidTaskInput } from '../../lib/tasks/errors';
import type { CursorBounds, HttpConfig, RowPartition } from '../../lib/tasks/extract-rows';
import { withOrigin } from './origins';

export interface Values {
  readonly partition: RowPartition;
  readonly interval?: Run['interval'];
  readonly cursor?: CursorBounds | null | undefined;
}

export interface Rendered {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

type Value = string | number | boolean | null | undefined;

const PLACEHOLDER = /\{(partition|interval|cursor)\.([A-Za-z_][\w-]*)(?::(iso|date|unix|unixMs))?\}/g;

/** A query parameter or header that is nothing but a value that there is not (the first run's cursor) is left out. */
export function render(
  { url, query, headers }: Pick<HttpConfig, 'url' | 'query' | 'headers'>,
  values: Values,
): Rendered {
  const rendered = new URL(withOrigin(fill('url', url, values, encodeURIComponent)!));
  for (const [name, template] of Object.entries(query)) {
    const value = fill(`query.${name}`, template, values, (text) => text);
    if (value !== undefined) rendered.searchParams.set(name, value);
  }
  const sent: Record<string, string> = {};
  for (const [name, template] of Object.entries(headers)) {
    const value = fill(`headers.${name}`, template, values, (text) =>
      text.replace(/[^\x20-\x7e]/g, encodeURIComponent),
    );
    if (value !== undefined) sent[name.toLowerCase()] = value;
  }
  return { url: rendered, headers: sent };
}

function fill(place: string, template: string, values: Values, encode: (text: string) => string): string | undefined {
  let isAbsent = false;
  const text = template.replace(PLACEHOLDER, (placeholder, of: string, member: string, format: string | undefined) => {
    const value = valueNamed(of, member, values);
    if (value === undefined || value === null) {
      if (placeholder !== template || place === 'url') {
        throw new InvalidTaskInput(`${place} names ${placeholder}, and this run has no such value.`);
      }
      isAbsent = true;
      return '';
    }
    return encode(formatted(value, format, `${place}: ${placeholder}`));
  });
  return isAbsent ? undefined : text;
}

function valueNamed(of: string, member: string, { partition, interval, cursor }: Values): Value {
  if (of === 'partition') return member === 'id' ? (partition.values.id ?? partition.id) : partition.values[member];
  const from: object | null | undefined = of === 'interval' ? interval : cursor;
  return (from as Record<string, Value> | null | undefined)?.[member];
}

function formatted(value: string | number | boolean, format: string | undefined, place: string): string {
  if (format === undefined) return String(value);
  const ms = typeof value === 'number' ? value : Date.parse(String(value));
  if (Number.isNaN(ms)) throw new InvalidTaskInput(`${place}: '${value}' is not a time.`);
  switch (format) {
    case 'unix':
      return String(Math.floor(ms / 1000));
    case 'unixMs':
      return String(ms);
    default:
      return new Date(ms).toISOString().slice(0, format === 'date' ? 10 : undefined);
  }
}
