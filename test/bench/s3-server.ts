/** The local S3 in a process of its own, as a function meets it: prints its endpoint as the first line. */
import { createS3Service } from '../../lib/local/services/s3';
import { startCloud } from '../local/wire/services';

async function main(stateDir: string): Promise<void> {
  const s3 = createS3Service({ stateDir });
  const { endpoint, cloud } = await startCloud([s3], { stateDir });
  await s3.start?.(cloud);
  process.stdout.write(`${endpoint}\n`);
  // Ends with the process that started it.
  process.stdin.resume().on('end', () => process.exit(0));
}

void main(process.argv[2]!);
