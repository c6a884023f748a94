/** A process that is killed right after it has answered has lost nothing that it answered for. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type CloudContext, systemClock } from '../../../lib/local/service';
import { createEventsService } from '../../../lib/local/services/events';
import { createSqsService } from '../../../lib/local/services/sqs';

const COUNT = 50;
const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

test('accepted events are delivered by the next start', async () => {
  const stateDir = await mkdtemp(join(tmpdir(), 'stepwell-kill-'));
  cleanUp.push(() => rm(stateDir, { recursive: true, force: true }));
  const args = ['--import', 'tsx', join(__dirname, 'kill-child.ts'), stateDir, String(COUNT)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const accepted = new Set<number>();
  for await (const line of createInterface(child.stdout)) {
    accepted.add(Number(line));
    if (accepted.size === COUNT / 2) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');

  const services = [createSqsService(), createEventsService()];
  const cloud: CloudContext = {
    account: '000000000000',
    region: 'us-east-1',
    stateDir,
    endpoint: 'http://127.0.0.1:1',
    clock: systemClock,
    async call(principal, name, operation, input) {
      const found = services.find((service) => service.name === name)?.operations[operation];
      return found?.handle(input, { cloud, principal, requestId: 'r' });
    },
    credentialsFor: () => ({ accessKeyId: '', secretAccessKey: '', sessionToken: '' }),
    log: () => {},
  };
  for (const service of services) {
    await service.start?.(cloud);
    cleanUp.push(() => service.stop?.());
  }
  await cloud.call({ kind: 'admin' }, 'sqs', 'CreateQueue', { QueueName: 'q' });
  for (const service of services) await service.ready?.();

  const delivered = new Set<number>();
  while (![...accepted].every((n) => delivered.has(n))) {
    const input = { QueueUrl: 'q', MaxNumberOfMessages: 10, WaitTimeSeconds: 5 };
    const { Messages = [] } = (await cloud.call({ kind: 'admin' }, 'sqs', 'ReceiveMessage', input)) as {
      Messages?: { Body: string }[];
    };
    for (const { Body } of Messages) delivered.add(JSON.parse(Body).detail.n);
  }
  expect(accepted.size).toBeGreaterThanOrEqual(COUNT / 2);
});
