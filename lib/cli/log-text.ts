/** Lines of a log as a terminal shows them. */
import type { LogLine } from '../operate/log-lines';
import { oneLine, shorten } from '../operate/text';
import { bold, dim, red, yellow } from './terminal';

const DETAIL_WIDTH = 100;

/** `13:27:29.532  extract-http   INFO  Extracted  source=observations rows=40` and what an error says below it. */
export function logText({ time, function: name, level, message, details }: LogLine, width = 0): string[] {
  const { error, ...rest } = details as { error?: unknown };
  const pairs = Object.entries(rest).map(([member, value]) => `${member}=${shorten(valueText(value), DETAIL_WIDTH)}`);
  const at = new Date(time);
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(11, 23);
  return [
    [dim(local), bold(name.padEnd(width)), levelText(level), oneLine(message), dim(pairs.join(' '))]
      .filter((part) => part !== '')
      .join('  ')
      .trimEnd(),
    ...errorText(error, message),
  ];
}

const valueText = (value: unknown): string => oneLine(typeof value === 'string' ? value : JSON.stringify(value));

function levelText(level: string): string {
  const text = level.padEnd(5);
  if (level === 'ERROR' || level === 'CRITICAL') return red(text);
  return level === 'WARN' ? yellow(text) : text;
}

function errorText(error: unknown, said: string): string[] {
  if (error === undefined) return [];
  const { name = 'Error', message = '', location, stack } = error as Record<string, string>;
  const frames = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const place = location ? ` (${location})` : '';
  return [
    ...(message === said ? [`    ${name}${place}`] : [`    ${name}: ${oneLine(message)}${place}`]),
    ...frames.slice(0, 4).map((frame) => dim(`      ${frame.trim()}`)),
  ];
}
