import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCassandra } from '../../lib/local/cassandra/server';

/** In place of Java: ends at once as often as it is told to, and then answers as Cassandra does that is ready. */
const JAVA = `#!${process.execPath}
const fs = require('node:fs');
const folder = process.argv.find((one) => one.startsWith('-Dcassandra.storagedir=')).split('=')[1];
const [, port] = /native_transport_port: (\\d+)/.exec(fs.readFileSync(folder + '/cassandra.yaml', 'utf8'));
fs.appendFileSync(folder + '/ports', port + '\\n');
const tries = fs.readFileSync(folder + '/ports', 'utf8').trim().split('\\n').length;
if (tries <= Number(fs.readFileSync(folder + '/failures', 'utf8'))) {
  console.error('Its ' + tries + '. try failed');
  process.exit(3);
}
require('node:net').createServer((socket) => socket.once('data', () => socket.end(Buffer.from([0x84, 0, 0, 0, 6])))).listen(Number(port), '127.0.0.1');
`;

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'stepwell-no-cassandra-'));
  writeFileSync(join(dataDir, 'java'), JAVA, { mode: 0o755 });
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const start = (failures: number, port = 0) => {
  writeFileSync(join(dataDir, 'failures'), String(failures));
  return startCassandra({ java: join(dataDir, 'java'), jars: dataDir, dataDir, port });
};
const tried = () => readFileSync(join(dataDir, 'ports'), 'utf8').trim().split('\n').map(Number);

test('one that ends before it answers, as where somebody has taken its port, is started again on others', async () => {
  const server = await start(2);
  await server.stop();

  expect(tried()).toEqual([expect.any(Number), expect.any(Number), server.port]);
});

test('one that ends each time, or has to be on its port, is told with its last words', async () => {
  await expect(start(9)).rejects.toThrow('Cassandra does not start: Its 3. try failed');
  await expect(start(9, tried()[0])).rejects.toThrow('Cassandra does not start: Its 4. try failed');
});
