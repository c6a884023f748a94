import { existsSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CACHE_FOLDER } from '../cache';
import { freePort } from '../free-port';
import type { Account } from './account';
import { type Binaries, findBinaries } from './binaries';
import { PortTaken, StateInUse } from './errors';
import { emptyExchange, type Home, openHome, saveSettings } from './home';
import { initialise, SUPERUSER } from './initialise';
import { type Launched, launch } from './launch';
import { endPostmaster, gone, identityOf, postmasterOf, stillRuns } from './processes';

export interface PostgresServer {
  readonly port: number;
  /** Connection string of the superuser, for the local cloud's own work. Users get those of their roles. */
  adminUrl(database?: string): string;
  url(user: string, password: string, database: string): string;
  /** A folder that both this process and the server's functions can read and write. */
  readonly exchangeDir: string;
  /** Who must own a file that the server is to read; undefined where both are the same user. */
  readonly account: Account | undefined;
  stop(): Promise<void>;
}

export interface PostgresOptions {
  readonly stateDir: string;
  /** Called when a process of PostgreSQL is at work: from then on this one has nothing to do for a while. */
  readonly begun?: () => void;
  /** where the databases that new state folders get a copy of are kept; `node_modules/.cache` unless told */
  readonly seeds?: string;
  readonly findPort?: (wanted?: number) => Promise<number>;
}

/**
 * Starts the one PostgreSQL of a local cloud: a real server, as the semantics that pipelines depend on (locks, isolation, privileges, COPY)
 * are the ones that an imitation gets wrong. It listens on 127.0.0.1 only, on a port that stays the same over restarts where it is free.
 * It is there in about 0.3 s, and the very first time of all, which makes the databases that new state folders get a copy of, in 2 s.
 */
export async function startPostgres({
  stateDir,
  begun = () => {},
  seeds = CACHE_FOLDER,
  findPort = freePort,
}: PostgresOptions): Promise<PostgresServer> {
  const home = openHome(stateDir);
  await endOrphan(home);
  emptyExchange(home);
  const binaries = await findBinaries(home.dir, home.account !== undefined);
  if (!existsSync(home.dataDir)) await initialise(home, binaries, begun, seeds);
  writeFileSync(join(home.dataDir, 'pg_hba.conf'), HOST_BASED_ACCESS);

  const { port, server } = await superviseOnFreePort(home, binaries, findPort, begun);
  const url = (user: string, password: string, database: string) =>
    `postgresql://${[user, password].map(encodeURIComponent).join(':')}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  return {
    port,
    url,
    adminUrl: (database = 'postgres') => url(SUPERUSER, home.settings.password, database),
    exchangeDir: home.exchangeDir,
    account: home.account,
    stop: server.stop,
  };
}

/** Between the look for a free port and the server's own start there is time for another process to take it. */
async function superviseOnFreePort(
  home: Home,
  binaries: Binaries,
  findPort: (wanted?: number) => Promise<number>,
  begun: () => void,
): Promise<{ port: number; server: { stop(): Promise<void> } }> {
  for (let attempt = 1; ; attempt++) {
    const port = await findPort(home.settings.port);
    saveSettings(home, { port, owner: identityOf(process.pid) });
    try {
      return { port, server: await supervise(home, binaries, port, begun) };
    } catch (error) {
      if (!(error instanceof PortTaken) || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

const PORT_ATTEMPTS = 5;

/** A server that ends by itself (killed, out of memory) comes back on the same port; it recovers from its log. */
async function supervise(
  home: Home,
  binaries: Binaries,
  port: number,
  begun: () => void,
): Promise<{ stop(): Promise<void> }> {
  let stopping = false;
  let server: Promise<Launched> = launch(home, binaries, port, begun);
  const watch = async (launched: Launched) => {
    await launched.exited;
    if (stopping) return;
    await endPostmaster(home.dataDir);
    server = relaunch();
    await server.then(watch, () => {});
  };
  const relaunch = async () => {
    for (let attempt = 1; ; attempt++) {
      // The sessions of a killed postmaster notice by themselves, but not at once, and must be gone.
      await sleep(100 * attempt);
      await rm(join(home.dataDir, 'postmaster.pid'), { force: true });
      try {
        return await launch(home, binaries, port);
      } catch (error) {
        if (attempt === RELAUNCH_ATTEMPTS) throw error;
      }
    }
  };
  void watch(await server);
  return {
    async stop() {
      stopping = true;
      await server.then(
        (launched) => launched.stop(),
        () => {},
      );
    },
  };
}

const RELAUNCH_ATTEMPTS = 10;

/** Aurora and Redshift share the server but not their users: a role of one cannot open the other's database. */
const HOST_BASED_ACCESS = `# TYPE DATABASE USER ADDRESS METHOD
host all ${SUPERUSER} 127.0.0.1/32 scram-sha-256
host /^redshift_ +redshift.users 127.0.0.1/32 scram-sha-256
host all +redshift.users 127.0.0.1/32 reject
host all all 127.0.0.1/32 scram-sha-256
`;

/**
 * A postmaster of ours may outlive a killed parent for the second that its watchdog needs. It must be gone before another one opens the data;
 * if its parent lives, that is another local cloud, which must not lose its databases.
 */
async function endOrphan(home: Home): Promise<void> {
  const postmaster = postmasterOf(home.dataDir);
  if (postmaster !== undefined) {
    const { owner } = home.settings;
    if (owner && stillRuns(owner)) throw new StateInUse(home.stateDir, owner.pid, postmaster);
    if (!(await gone(home.dataDir, 2_000))) await endPostmaster(home.dataDir);
  }
  // A stale file would stop the start if its number has become that of some other process of the same user.
  await rm(join(home.dataDir, 'postmaster.pid'), { force: true });
}
