/** The local DynamoDB and S3 in a process of their own, as a function meets them: prints their endpoint as the first line. */
import { createDynamoDbService } from '../../lib/local/services/dynamodb';
import { createS3Service } from '../../lib/local/services/s3';
import { startCloud } from '../local/wire/services';

async function main(stateDir: string): Promise<void> {
  const services = [createS3Service({ stateDir }), createDynamoDbService()];
  const { endpoint, cloud } = await startCloud(services, { stateDir });
  for (const service of services) await service.start?.(cloud);
  process.stdout.write(`${endpoint}\n`);
  // Ends with the process that started it.
  process.stdin.resume().on('end', () => process.exit(0));
}

void main(process.argv[2]!);
