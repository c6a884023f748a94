/** TypeScript, SQL and YAML as a person would write them. */
import type { ColumnType } from '../../tasks/common';

/** `'it\'s'`; with double quotes where that needs no backslash. */
export function literal(text: string): string {
  const escaped = JSON.stringify(text);
  if (text.includes("'") && !text.includes('"')) return escaped;
  return `'${escaped.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** `decimal(12, 2)` */
export function builder(type: ColumnType): string {
  switch (type.type) {
    case 'decimal':
      return `decimal(${type.precision}, ${type.scale})`;
    case 'text':
      return type.length === undefined ? 'text()' : `text(${type.length})`;
    default:
      return `${type.type}()`;
  }
}

/** `{ delimiter: ';', decimal: ',' }`, nothing for nothing */
export function options(given: Readonly<Record<string, unknown>>): string {
  const members = Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? literal(value) : String(value)}`);
  return members.length === 0 ? '' : `{ ${members.join(', ')} }`;
}

const WIDTH = 120;

/** `import { a, b } from '…';` for what the code names of `lib/pipeline`, on one line or on several. */
export function importing(code: string, known: readonly string[], from: string): string {
  const used = known.filter((name) => new RegExp(`(?<![\\w.'])${name}\\b(?=[(.])`).test(code)).sort();
  const line = `import { ${used.join(', ')} } from '${from}';`;
  return line.length <= WIDTH ? line : `import {\n${used.map((name) => `  ${name},\n`).join('')}} from '${from}';`;
}

/** A plain scalar where YAML leaves it alone, else in quotes. */
export function scalar(text: string | null): string {
  if (text === null) return 'null';
  const isPlain = /^[A-Za-z0-9.+-][A-Za-z0-9 .+_/:@-]*$/.test(text) && !/:( |$)| $|^[-.]$|^- |^---/.test(text);
  const isWord = /^(null|true|false|yes|no|on|off|~)$/i.test(text);
  return isPlain && !isWord ? text : JSON.stringify(text);
}
