/**
 * A local cloud in a process of its own, on an assembly and a state folder; prints its endpoint when it is ready. For each line it
 * reads it collects garbage, which needs `--expose-gc`, and prints the bytes of its heap.
 */
import { createInterface } from 'node:readline';
import { startCloud } from '../../lib/local/cloud';
import { giveBackWhenQuiet } from '../../lib/local/rest';

async function main(assembly: string, stateDir: string): Promise<void> {
  const cloud = await startCloud({ assembly, stateDir, port: 0 });
  process.stdout.write(`${cloud.endpoint}\n`);
  giveBackWhenQuiet();
  const lines = createInterface(process.stdin);
  lines.on('line', () => {
    globalThis.gc?.();
    process.stdout.write(`${process.memoryUsage().heapUsed}\n`);
  });
  // Ends with the process that started it.
  lines.on('close', async () => {
    await cloud.stop();
    process.exit(0);
  });
}

void main(process.argv[2]!, process.argv[3]!);
