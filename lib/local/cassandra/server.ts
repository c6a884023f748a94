/** One node of Apache Cassandra on 127.0.0.1, for a laptop and for tests: a small heap, its data in one folder. It ends with this process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../free-port';
import type { Installation } from './jars';

export interface CassandraServer {
  readonly port: number;
  /** as STEPWELL_CASSANDRA names it */
  readonly address: string;
  /** settles once it has ended */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

export interface CassandraOptions extends Installation {
  /** folder for its data, made if it is not there */
  readonly dataDir: string;
  /** 0: any free one */
  readonly port: number;
}

const START_MS = 120_000;
const LOOK_MS = 200;

/** About 7 s until it answers. @throws {Error} with its last words */
export async function startCassandra(options: CassandraOptions): Promise<CassandraServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOn(options.port || (await freePort()), options);
    } catch (error) {
      // Between the look for free ports and its own there are seconds for other processes to take them; it ends without a word of that.
      if (options.port !== 0 || !(error instanceof HasEnded) || attempt === ATTEMPTS) throw error;
    }
  }
}

const ATTEMPTS = 3;

class HasEnded extends Error {}

async function startOn(port: number, { java, jars, dataDir }: CassandraOptions): Promise<CassandraServer> {
  mkdirSync(dataDir, { recursive: true });
  const storagePort = await freePort();
  writeFileSync(join(dataDir, 'cassandra.yaml'), settings(dataDir, port, storagePort));
  writeFileSync(join(dataDir, 'logback.xml'), LOGGING);
  // The shell holds a pipe from this process, which closes with it, however it ends.
  const child = spawn(
    'sh',
    [
      '-c',
      GUARD,
      'sh',
      java,
      ...FLAGS,
      `-Dcassandra.storagedir=${dataDir}`,
      '-cp',
      `${dataDir}:${join(jars, '*')}`,
      MAIN,
    ],
    { stdio: ['pipe', 'pipe', 'pipe'], detached: true },
  );
  child.stdin.on('error', () => {});
  const lastWords = keepLast(child);
  let isOver = false;
  const ended = new Promise<void>((resolve) => {
    child.on('error', () => resolve());
    child.on('exit', () => resolve());
  }).then(() => {
    isOver = true;
  });
  const closed = once(child, 'close');
  const stop = async () => {
    child.stdin.end();
    await ended;
  };
  const until = Date.now() + START_MS;
  while (!(await answers(port))) {
    const hasEnded = isOver;
    if (hasEnded || Date.now() > until) {
      await stop();
      // What it has said last comes after its end.
      await closed;
      const said = `Cassandra does not start: ${lastWords() || 'it says nothing'}`;
      throw hasEnded ? new HasEnded(said) : new Error(said);
    }
    await sleep(LOOK_MS);
  }
  return { port, address: `127.0.0.1:${port}`, ended, stop };
}

/** Ends what it has started when its standard input closes. */
const GUARD = 'exec 3<&0; "$@" </dev/null & j=$!; { cat >/dev/null; kill $j; } <&3 2>/dev/null & wait $j';
const MAIN = 'org.apache.cassandra.service.CassandraDaemon';

/** Small, and quick to start; the modules are those that Cassandra's own options for Java 11 and 17 open. */
const FLAGS = [
  '-Xms128m',
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-XX:+ExitOnOutOfMemoryError',
  '-Djdk.attach.allowAttachSelf=true',
  '-Dio.netty.tryReflectionSetAccessible=true',
  '-Dcassandra.skip_wait_for_gossip_to_settle=0',
  '-Dcassandra.ring_delay_ms=100',
  ...[
    'java.base/jdk.internal.misc',
    'java.management.rmi/com.sun.jmx.remote.internal.rmi',
    'java.rmi/sun.rmi.registry',
    'java.rmi/sun.rmi.server',
    'java.sql/java.sql',
  ].map((name) => `--add-exports=${name}=ALL-UNNAMED`),
  ...[
    'java.base/java.io',
    'java.base/java.lang',
    'java.base/java.lang.module',
    'java.base/java.lang.reflect',
    'java.base/java.nio',
    'java.base/java.util',
    'java.base/jdk.internal.loader',
    'java.base/jdk.internal.math',
    'java.base/jdk.internal.module',
    'java.base/jdk.internal.ref',
    'java.base/jdk.internal.reflect',
    'java.base/jdk.internal.util.jar',
    'java.base/sun.nio.ch',
    'jdk.management/com.sun.management.internal',
  ].map((name) => `--add-opens=${name}=ALL-UNNAMED`),
];

/** Rows may expire after 2038, as in Keyspaces. */
const settings = (dataDir: string, port: number, storagePort: number): string => `cluster_name: stepwell
num_tokens: 1
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
storage_compatibility_mode: NONE
commitlog_sync: periodic
commitlog_sync_period: 10000ms
data_file_directories: [${JSON.stringify(join(dataDir, 'data'))}]
commitlog_directory: ${JSON.stringify(join(dataDir, 'commitlog'))}
saved_caches_directory: ${JSON.stringify(join(dataDir, 'saved_caches'))}
hints_directory: ${JSON.stringify(join(dataDir, 'hints'))}
cdc_raw_directory: ${JSON.stringify(join(dataDir, 'cdc_raw'))}
endpoint_snitch: SimpleSnitch
listen_address: 127.0.0.1
rpc_address: 127.0.0.1
native_transport_port: ${port}
storage_port: ${storagePort}
auto_snapshot: false
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters: [{ seeds: "127.0.0.1:${storagePort}" }]
`;

const LOGGING = `<configuration>
  <appender name="out" class="ch.qos.logback.core.ConsoleAppender"><encoder><pattern>%-5level %msg%n</pattern></encoder></appender>
  <root level="ERROR"><appender-ref ref="out"/></root>
</configuration>
`;

const MOST_WORDS = 4_000;

function keepLast(child: ChildProcess): () => string {
  let words = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8');
    stream?.on('data', (chunk: string) => {
      words = (words + chunk).slice(-MOST_WORDS);
    });
  }
  return () => words.trim();
}

/** An OPTIONS request of the native protocol, and whether its answer is SUPPORTED. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const end = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.on('error', () => end(false));
    socket.on('connect', () => socket.write(Buffer.from([4, 0, 0, 0, 5, 0, 0, 0, 0])));
    socket.on('data', (answer) => end(answer[4] === 6));
  });
}
