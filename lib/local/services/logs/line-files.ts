/** Many files that are appended to, of which only the latest used stay open. */
import { rm } from 'node:fs/promises';
import { type Journal, openJournal } from '../../store';

/** More functions than that rarely log at once. */
const MAX_OPEN_FILES = 64;

export interface LineFiles<R> {
  append(file: string, records: readonly R[]): Promise<void>;
  remove(file: string): Promise<void>;
  close(): Promise<void>;
}

export function createLineFiles<R>(): LineFiles<R> {
  /** What happens to each file, one thing after another; least recently used first. Absent: closed. */
  const chains = new Map<string, Promise<Journal<R> | undefined>>();

  const enqueue = (file: string, step: (journal: Journal<R> | undefined) => Promise<Journal<R> | undefined>) => {
    const before = chains.get(file) ?? Promise.resolve(undefined);
    const after = before.catch(() => undefined).then(step);
    chains.delete(file);
    chains.set(file, after);
    return after;
  };
  const closeFile = async (file: string) => {
    const closed = enqueue(file, async (journal) => {
      await journal?.close();
      return undefined;
    });
    await closed;
    if (chains.get(file) === closed) chains.delete(file);
  };

  return {
    async append(file, records) {
      await enqueue(file, async (journal) => {
        const open = journal ?? (await openJournal<R>(file, { onRecord: () => undefined, sync: false }));
        await Promise.all(records.map((record) => open.append(record)));
        return open;
      });
      const [oldest] = chains.keys();
      if (chains.size > MAX_OPEN_FILES && oldest !== undefined) await closeFile(oldest);
    },
    async remove(file) {
      await closeFile(file);
      await rm(file, { force: true });
    },
    async close() {
      await Promise.all([...chains.keys()].map(closeFile));
    },
  };
}
