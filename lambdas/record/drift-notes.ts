/** How the sources of a run differed from their contracts, in a sentence each. */
import type { Manifest } from '../../lib/tasks/common';
import type { DriftEntry } from '../../lib/tasks/drift';

type Extracted = NonNullable<Manifest['source']>;

export interface DriftTold {
  /** nothing was lost, or what was is to be */
  readonly notes: readonly string[];
  /** files that were put aside */
  readonly warnings: readonly string[];
}

const MOST_COLUMNS = 10;
const MOST_FILES = 10;

/** `extracted`: what each task has read. */
export function driftNotes(extracted: readonly Extracted[]): DriftTold {
  const sources = [...new Set(extracted.map(({ name }) => name))];
  const notes = sources.flatMap((source) => {
    const parts = extracted.filter(({ name }) => name === source);
    return WORDS.flatMap((words) => noteOf(source, parts, words) ?? []);
  });
  const aside = extracted.flatMap(({ aside = [] }) =>
    aside.map(({ file, reason }) => `${file} is in quarantine as a whole: ${reason}.`),
  );
  const more = aside.length - MOST_FILES;
  return {
    notes,
    warnings: more > 0 ? [...aside.slice(0, MOST_FILES), `${more} more files are in quarantine as a whole.`] : aside,
  };
}

interface Words {
  readonly kind: DriftEntry['kind'];
  readonly done: DriftEntry['done'];
  readonly text: string;
  /** only where every part says so: what one lacks another may have */
  readonly inAll?: true;
}

const WORDS: readonly Words[] = [
  { kind: 'new', done: 'evolved', text: 'new columns, which go on as text' },
  { kind: 'new', done: 'ignored', text: 'new columns, which are left out' },
  { kind: 'new', done: 'quarantined', text: 'new columns, whose rows are in quarantine' },
  { kind: 'missing', done: 'ignored', text: 'missing columns, which are NULL' },
  { kind: 'missing', done: 'quarantined', text: 'missing columns, without which rows are in quarantine' },
  { kind: 'changed', done: 'ignored', text: 'columns of another type, which are NULL' },
  { kind: 'changed', done: 'quarantined', text: 'columns of another type, whose bad rows are in quarantine' },
  { kind: 'absent', done: 'ignored', text: 'columns that no row has, which are NULL', inAll: true },
];

function noteOf(source: string, parts: readonly Extracted[], { kind, done, text, inAll }: Words): string | undefined {
  const withRows = parts.filter(({ read }) => read > 0);
  const counts = new Map<string, { entry: DriftEntry; count: number }>();
  for (const { drift = [] } of parts) {
    for (const entry of drift) {
      if (entry.kind !== kind || entry.done !== done) continue;
      const known = counts.get(entry.column);
      counts.set(entry.column, { entry: known?.entry ?? entry, count: (known?.count ?? 0) + 1 });
    }
  }
  const told = [...counts.values()].filter(({ count }) => !inAll || count >= withRows.length);
  if (told.length === 0) return undefined;
  const names = told.slice(0, MOST_COLUMNS).map(({ entry, count }) => {
    const some = !inAll && count < parts.length ? `in ${count} of ${parts.length} parts` : undefined;
    const details = [typesOf(entry), some].filter((one) => one !== undefined).join(', ');
    return `'${entry.column}'${details === '' ? '' : ` (${details})`}`;
  });
  const more = told.length > MOST_COLUMNS ? ` and ${told.length - MOST_COLUMNS} more` : '';
  return `${parts.some(({ isModel }) => isModel) ? 'Model' : 'Source'} ${source} has ${text}: ${names.join(', ')}${more}.`;
}

function typesOf({ was, is }: DriftEntry): string | undefined {
  if (was !== undefined && is !== undefined) return `${was}, now ${is}`;
  return is ?? was;
}
