/**
 * One row into a table of Keyspaces: it can be repeated, come late and in any order, and what it leaves is the same. Which version is there
 * is looked at first; then the row is written on the condition that this is so still (a lightweight transaction), else it is looked at
 * again. A write whose answer is lost is found done by the next look.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, types } from 'cassandra-driver';
import type { KeyspacesSink } from '../../../lib/tasks/common';
import type { RowTexts } from '../unfit';
import { count } from '../usage';
import { inWords, KeyspacesUnavailable, mayPass } from './errors';
import { type Statements, statementsOf } from './statements';
import { keysOf, tellsDeletion } from './unfit';
import { cqlValue, timeToLive } from './values';
import { overtakes, readVersion, type Version, versionText } from './version';

export interface TableWriter {
  /** `changed`: the row is in the table as it is given, be it from an earlier attempt */
  write(row: RowTexts, version: VersionOf): Promise<{ readonly changed: boolean; readonly attempts: number }>;
  /** Deletes the row if it is still of that version. */
  remove(key: readonly unknown[], version: string): Promise<{ readonly attempts: number }>;
  /** Keys, as `remove` takes them, and versions, a page at a time. */
  page(after: string | undefined): Promise<{ readonly rows: readonly FoundRow[]; readonly next?: string | undefined }>;
}

/** `newest` is in the row. */
export type VersionOf = Omit<Version, 'newest'> & { readonly startedAt?: string };
export interface FoundRow {
  readonly key: readonly unknown[];
  /** null: the row has outlived its columns */
  readonly version: string | null;
}

const MOST_ATTEMPTS = 8;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 5_000;
const PAGE_ROWS = 1_000;

export interface TableWriterOptions {
  readonly now?: () => number;
  readonly wait?: (ms: number) => Promise<unknown>;
}

export function tableWriter(client: Client, sink: KeyspacesSink, options: TableWriterOptions = {}): TableWriter {
  const { now = Date.now, wait = sleep } = options;
  const table = `${sink.keyspace}.${sink.table}`;
  const statements = statementsOf(sink);
  const keys = keysOf(sink);
  const newestBy = sink.write.mode === 'merge' ? sink.write.newestBy : undefined;
  const newestType = sink.columns.find(({ name }) => name === newestBy)?.type;
  const valueIn = (row: RowTexts, name: string): unknown => {
    const text = row[name] ?? null;
    return text === null ? null : cqlValue(text, sink.columns.find((column) => column.name === name)!.type);
  };

  /** Undefined: somebody else has written the row meanwhile. */
  async function once(
    row: RowTexts,
    ours: Version,
    startedAt: string | undefined,
  ): Promise<{ changed: boolean } | undefined> {
    const key = keys.map((name) => valueIn(row, name));
    const there = (await client.execute(statements.look, key)).first();
    const theirs = there?.get('stepwell_version') as string | null | undefined;
    const text = versionText(ours);
    if (theirs === text) return { changed: true };
    if (theirs && !overtakes(ours, readVersion(theirs), sink.write, newestType)) return { changed: false };
    const deleted = tellsDeletion(row, sink);
    const bookkeeping: Readonly<Record<string, unknown>> = {
      stepwell_version: text,
      stepwell_loaded_at: new Date(startedAt ?? now()),
      stepwell_deleted: deleted ? true : null,
    };
    const settable = statements.settable.map((name) =>
      name in bookkeeping ? bookkeeping[name] : deleted ? null : valueIn(row, name),
    );
    const ttl = sink.ttl === undefined ? [] : [deleted ? 0 : timeToLive(row, sink, now())];
    const [statement, condition] = conditional(statements, there, theirs);
    count('keyspacesWrite');
    const result = await client.execute(statement, [...ttl, ...settable, ...key, ...condition]);
    return result.wasApplied() ? { changed: true } : undefined;
  }

  async function persistently<T>(attempt: () => Promise<T | undefined>): Promise<{ result: T; attempts: number }> {
    for (let attempts = 1; ; attempts++) {
      try {
        const result = await attempt();
        if (result !== undefined) return { result, attempts };
        if (attempts >= MOST_ATTEMPTS)
          throw new KeyspacesUnavailable(`A row of ${table} is written by others all the time.`);
      } catch (error) {
        if (!mayPass(error) || attempts >= MOST_ATTEMPTS) throw inWords(error, table);
      }
      await wait(Math.random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempts));
    }
  }

  return {
    async write(row, { startedAt, ...version }) {
      const newest = newestBy === undefined ? null : (row[newestBy] ?? null);
      const { result, attempts } = await persistently(() => once(row, { ...version, newest }, startedAt));
      return { ...result, attempts };
    },
    async remove(key, version) {
      const { attempts } = await persistently(async () => {
        count('keyspacesWrite');
        await client.execute(statements.remove, [...key, version]);
        return true;
      });
      return { attempts };
    },
    async page(after) {
      const { result } = await persistently(() =>
        client.execute(statements.all, [], {
          fetchSize: PAGE_ROWS,
          ...(after === undefined ? {} : { pageState: after }),
        }),
      );
      const rows = result.rows.map((row) => ({
        key: keys.map((name) => row.get(name) as unknown),
        version: row.get('stepwell_version') as string | null,
      }));
      // The declaration lacks that there may be none.
      return { rows, next: (result.pageState as string | null) ?? undefined };
    },
  };
}

function conditional(
  { create, revive, change }: Statements,
  there: types.Row | null,
  theirs: string | null | undefined,
): readonly [statement: string, condition: readonly string[]] {
  if (there === null) return [create, []];
  return theirs ? [change, [theirs]] : [revive, []];
}
