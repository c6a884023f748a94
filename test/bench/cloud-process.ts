/** A local cloud in a process of its own, on an assembly and a state folder; prints its endpoint when it is ready. */
import { startCloud } from '../../lib/local/cloud';

async function main(assembly: string, stateDir: string): Promise<void> {
  const cloud = await startCloud({ assembly, stateDir, port: 0 });
  process.stdout.write(`${cloud.endpoint}\n`);
  // Ends with the process that started it.
  process.stdin.resume().on('end', async () => {
    await cloud.stop();
    process.exit(0);
  });
}

void main(process.argv[2]!, process.argv[3]!);
