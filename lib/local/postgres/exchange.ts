import { chownSync, existsSync, readdirSync, watch } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PostgresServer } from './server';

/** What a function inside the server asks of us; `dataFile` is where the bytes belong. */
export interface ExchangeRequest {
  readonly kind: string;
  readonly database: string;
  readonly bucket: string;
  readonly key: string;
  readonly region: string;
}

/** `code` is an SQLSTATE. */
export type ExchangeAnswer =
  | { readonly bytes: number }
  | { readonly error: string; readonly code?: string; readonly hint?: string };

/**
 * Serves the server's side of `aws-s3.ts`: `<id>.request` comes, `<id>.data` and `<id>.answer` go, `<id>.end` says that all can be deleted.
 * Requests of another kind have another ending.
 */
export function serveExchange<Request = ExchangeRequest>(
  { exchangeDir, account }: Pick<PostgresServer, 'exchangeDir' | 'account'>,
  answer: (request: Request, dataFile: string) => Promise<ExchangeAnswer | { readonly sql: string }>,
  ending = 'request',
): { stop(): void } {
  const taken = new Set<string>();

  async function serve(id: string): Promise<void> {
    const request = await complete(join(exchangeDir, `${id}.${ending}`));
    if (request === undefined || taken.has(id)) return;
    taken.add(id);
    const dataFile = join(exchangeDir, `${id}.data`);
    const reply = await answer(JSON.parse(request) as Request, dataFile).catch((error: Error) => ({
      error: error.message,
    }));
    // Readable for the server's account, which may be another one than ours.
    // Gone already when its asker has ended meanwhile (a cancelled statement).
    if (account && 'bytes' in reply && existsSync(dataFile)) chownSync(dataFile, account.uid, account.gid);
    const file = join(exchangeDir, `${id}.answer`);
    await writeFile(`${file}.new`, JSON.stringify(reply), { mode: 0o644 });
    await rename(`${file}.new`, file);
    if ('error' in reply) setTimeout(() => void clear(id), 10_000).unref();
  }

  async function clear(id: string): Promise<void> {
    const files = (await readdir(exchangeDir).catch(() => [])).filter((name) => name.startsWith(`${id}.`));
    // `taken` keeps the id: a rescan that has read the request before it was deleted must not serve it again.
    await Promise.all(files.map((name) => rm(join(exchangeDir, name), { force: true })));
  }

  const watcher = watch(exchangeDir, { persistent: false }, (_event, name) => {
    const [, id, kind] = /^([0-9a-f-]{36})\.(\w+)$/.exec(name ?? '') ?? [];
    if (id && kind === ending) void serve(id);
    if (id && kind === 'end') void clear(id);
  });
  // The kernel drops notices when very many come at once; nobody may wait for ever because of that.
  const rescan = setInterval(() => {
    for (const name of requestsIn(exchangeDir, ending)) void serve(name.slice(0, -ending.length - 1));
  }, RESCAN_MS).unref();
  return {
    stop() {
      clearInterval(rescan);
      watcher.close();
    },
  };
}

const RESCAN_MS = 1_000;

const requestsIn = (folder: string, ending: string) =>
  existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(`.${ending}`)) : [];

/** A file's message once it is whole (it ends in a full stop), else undefined. */
async function complete(file: string): Promise<string | undefined> {
  const text = (await readFile(file, 'utf8').catch(() => '')).trim();
  return text.endsWith('.') ? Buffer.from(text.slice(0, -1), 'base64').toString('utf8') : undefined;
}
