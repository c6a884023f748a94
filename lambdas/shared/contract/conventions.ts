/** Numbers and times as a file writes them (`1.234,56`, `31.12.2026`), in the spelling that the contract's rules know. */
import type { ColumnType, FileFormat } from '../../../lib/tasks/common';
import { type TimeReader, timeReader } from '../../../lib/tasks/time-format';
import { type Judgement, show } from './judge-value';

type Csv = Extract<FileFormat, { kind: 'csv' }>;
type Spelling = Pick<Csv, 'decimal' | 'thousands' | 'dateFormat' | 'timestampFormat'> & { readonly kind?: string };
/** `value`: the text as the rules know it; it is still to be judged. */
export type Convention = (text: string) => Judgement;

/** What to do with the texts of a column before they are judged; undefined: nothing. */
export function conventionFor(type: ColumnType, format: Spelling): Convention | undefined {
  switch (type.type) {
    case 'bigint':
    case 'integer':
    case 'decimal':
    case 'double':
      return numbers(format);
    case 'date':
      return format.dateFormat === undefined ? undefined : times('date', [format.dateFormat]);
    case 'timestamp': {
      const formats = [format.timestampFormat, format.dateFormat].filter((one) => one !== undefined);
      return formats.length === 0 ? undefined : times('timestamp', formats);
    }
    default:
      return undefined;
  }
}

function numbers({ decimal = '.', thousands }: Spelling): Convention | undefined {
  if (decimal === '.' && thousands === undefined) return undefined;
  // Spaces between digits come in several widths.
  const group = thousands === ' ' ? '[ \\u00a0\\u202f]' : thousands && escaped(thousands);
  const whole = group === undefined ? '\\d*' : `\\d{1,3}(?:${group}\\d{3})+|\\d*`;
  const regex = new RegExp(`^([+-]?)(${whole})(?:${escaped(decimal)}(\\d*))?([eE][+-]?\\d+)?$`);
  const written = `decimal: '${decimal}'${thousands === undefined ? '' : `, thousands: '${thousands}'`}`;
  return (text) => {
    const match = regex.exec(text.trim());
    if (!match) return { reason: `${show(text)} is not a number as the format has them (${written})` };
    const [, sign, digits = '', fraction, exponent = ''] = match;
    return { value: `${sign}${digits.replace(/\D/g, '')}${fraction === undefined ? '' : `.${fraction}`}${exponent}` };
  };
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** ISO 8601 is read as well, where the format cannot be mistaken for it. */
function times(what: 'date' | 'timestamp', formats: readonly string[]): Convention {
  const readers: TimeReader[] = formats.map(timeReader);
  const takesIso = formats.every((format) => !format.trimStart().startsWith('%Y'));
  return (text) => {
    const trimmed = text.trim();
    for (const read of readers) {
      const iso = read(trimmed);
      if (iso !== undefined) return { value: iso };
    }
    if (takesIso && /^\d{4}[-/]/.test(trimmed)) return { value: trimmed };
    return { reason: `${show(text)} is not a ${what} in the format ${formats.join(' or ')}` };
  };
}
