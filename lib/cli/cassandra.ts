/** `npm run cassandra`: a real Apache Cassandra on this machine, for sinks of the kind `keyspaces`. */
import { resolve } from 'node:path';
import { fetchJars } from '../local/cassandra/jars';
import { startCassandra } from '../local/cassandra/server';

const DEFAULT_PORT = 9042;

export async function cassandra(): Promise<void> {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  try {
    const installation = fetchJars(say);
    if (process.argv.includes('--fetch')) return;
    say('Starting Cassandra …');
    const server = await startCassandra({
      ...installation,
      dataDir: resolve('.stepwell', 'cassandra'),
      port: Number(process.env.CASSANDRA_PORT ?? DEFAULT_PORT),
    });
    say(
      `Cassandra answers at ${server.address}. Let the local cloud write there: npm start -- --cassandra ${server.address}`,
    );
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void server.stop());
    await server.ended;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
