/** Accepts events whose target is down, and prints the number of each that it has accepted; until it is killed. */
import { type CloudContext, systemClock } from '../../../lib/local/service';
import { createEventsService } from '../../../lib/local/services/events';

const [stateDir = '', count = '0'] = process.argv.slice(2);
const service = createEventsService();
const cloud: CloudContext = {
  account: '000000000000',
  region: 'us-east-1',
  stateDir,
  endpoint: 'http://127.0.0.1:1',
  clock: systemClock,
  call: (_, name) => (name === 'monitoring' ? Promise.resolve({}) : Promise.reject(new Error('down'))),
  credentialsFor: () => ({ accessKeyId: '', secretAccessKey: '', sessionToken: '' }),
  log: () => {},
};
const run = (operation: string, input: object) =>
  service.operations[operation]?.handle(input, { cloud, principal: { kind: 'admin' }, requestId: 'r' });

async function main() {
  await service.start?.(cloud);
  await run('PutRule', { Name: 'r', EventPattern: '{"source":["shop"]}' });
  await run('PutTargets', { Rule: 'r', Targets: [{ Id: 'q', Arn: 'arn:aws:sqs:us-east-1:000000000000:q' }] });
  await Promise.all(
    Array.from({ length: Number(count) }, async (_, n) => {
      await run('PutEvents', { Entries: [{ Source: 'shop', DetailType: 't', Detail: JSON.stringify({ n }) }] });
      console.log(n);
    }),
  );
}

main();
