import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Binaries } from './binaries';
import { PortTaken, PostgresDidNotStart } from './errors';
import { EXTENSIONS } from './extensions';
import type { Home } from './home';
import { endPostmaster, postmasterFile } from './processes';

const START_TIMEOUT_MS = 60_000;

/** A running server. */
export interface Launched {
  /** Resolves when it has ended, for whatever reason. */
  readonly exited: Promise<void>;
  stop(): Promise<void>;
}

/**
 * A shell stands between us and the server and reads a pipe that we hold open. When this process ends, in whatever way (kill -9 too),
 * the pipe closes and the shell stops the server. It costs a megabyte; a poller in Node would cost 40.
 */
const WATCHDOG = `
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
(
  trap '' HUP INT
  read -r line <&3
  kill -INT $server
  n=0
  while [ $n -lt 8 ] && kill -0 $server; do sleep 1; n=$((n + 1)); done
  kill -QUIT $server
) 2>/dev/null &
watcher=$!
exec 3<&-
wait $server
status=$?
kill $watcher
exit $status
`;

/** Starts the server and waits until it takes connections. `begun`: called as soon as it is on its way. */
export async function launch(
  home: Home,
  binaries: Binaries,
  port: number,
  begun: () => void = () => {},
): Promise<Launched> {
  const settings = Object.entries({ ...SETTINGS, port, extension_control_path: `${EXTENSIONS.install(home)}:$system` });
  const args = ['-D', home.dataDir, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const [program, programArgs] =
    process.platform === 'win32'
      ? [binaries.postgres, args]
      : ['/bin/sh', ['-c', WATCHDOG, 'stepwell-postgres', binaries.postgres, ...args]];
  const log = await open(home.logFile, 'w');
  const child = spawn(program, programArgs, {
    cwd: home.dir,
    env: environment(),
    ...home.account,
    // A process group of its own: Ctrl-C is for us, and the server must be there while we finish.
    detached: true,
    stdio: ['pipe', log.fd, log.fd],
  });
  await log.close();
  begun();
  let ended = false;
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  }).then(() => {
    ended = true;
  });
  const lifeline = child.stdin!;
  lifeline.on('error', () => {});
  child.unref();

  for (const end = Date.now() + START_TIMEOUT_MS; !postmasterFile(home.dataDir).ready; await sleep(5)) {
    if (ended || Date.now() > end) {
      lifeline.end();
      const log = readFileSync(home.logFile, 'utf8').slice(-2_000);
      if (!ended) throw new PostgresDidNotStart('not ready in time', log);
      // It has no exit code of its own; what it says does not depend on the user's language.
      if (log.includes('could not create any TCP/IP sockets')) throw new PortTaken('its port is taken', log);
      throw new PostgresDidNotStart('it ended', log);
    }
  }
  return {
    exited,
    stop: async () => {
      if (ended) return;
      child.ref();
      lifeline.end();
      await Promise.race([exited, sleep(12_000, undefined, { ref: false })]);
      await endPostmaster(home.dataDir);
    },
  };
}

/** Durable as in production (fsync and synchronous_commit stay on), small as for a laptop. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 200,
  shared_buffers: '32MB',
  max_wal_size: '256MB',
  // No replicas here, and COPY into a table of the same transaction then skips the log.
  wal_level: 'minimal',
  max_wal_senders: 0,
  timezone: 'UTC',
  log_timezone: 'UTC',
  jit: 'off',
};

/** PG… variables of the user's shell would change what the server does. */
export function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, SystemRoot: process.env.SystemRoot, LC_ALL: 'C', TZ: 'UTC' };
}
