/** A console in a process of its own, as `stepwell console` has it; prints its address, with the token, when it is ready. */
import { prepareConsole, startConsole } from '../../lib/console/server/server';
import { type Connection, deployed } from '../../lib/operate/connection';
import { localClientOptions } from '../../lib/operate/local';

async function main(endpoint: string): Promise<void> {
  const connection: Connection = {
    client: localClientOptions(endpoint),
    target: { kind: 'local', endpoint, stateDir: '' },
  };
  prepareConsole();
  await deployed(connection);
  const { url } = await startConsole({ connection: () => connection, readOnly: true, port: 0 });
  process.stdout.write(`${url}\n`);
  // Ends with the process that started it.
  process.stdin.on('end', () => process.exit(0)).resume();
}

void main(process.argv[2]!);
