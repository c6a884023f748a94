/** Files that arrive, some of them twice; two are on their way at any time. */
import { join } from 'node:path';
import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { PROJECT_ROOT } from '../../../lib/constructs/cache';
import orders from '../../../state-machines/orders/pipeline';
import { type FileReading, readFile, tablesOf } from '../independent-reading';
import { csvFile, orderRows } from '../order-files';
import { Orders, pause } from '../orders-cloud';
import { readTables } from '../tables';
import type { Lane } from './lane';
import type { World } from './world';

const AT_A_TIME = 2;

export function ordersLane(seed: number): Lane {
  const files: FileReading[] = [];
  /** executions by the version of the object that they are of */
  const started = new Map<string, Set<string>>();
  const known = new Set<string>();

  async function look(world: World, sfn: SFNClient): Promise<void> {
    for (const executionArn of await world.executions('orders')) {
      if (known.has(executionArn)) continue;
      const { input = '{}' } = await world.patiently(() => sfn.send(new DescribeExecutionCommand({ executionArn })));
      known.add(executionArn);
      const { versionId } = (JSON.parse(input) as { arrival: { versionId: string } }).arrival;
      started.set(versionId, (started.get(versionId) ?? new Set()).add(executionArn));
    }
  }

  async function seeThrough(world: World, client: Orders, first: number): Promise<void> {
    const key = `orders/${first}.csv`;
    const body = csvFile(orderRows({ seed: seed + first, orders: 12, first }));
    const { versionId } = await world.patiently(() => client.drop(key, body));
    files.push(readFile(key, body));
    const done = new Set<string>();
    for (;;) {
      await look(world, client.sfn);
      const open = [...(started.get(versionId) ?? [])].filter((arn) => !done.has(arn));
      if (open.length === 0 && done.size > 0) return;
      for (const arn of open) {
        done.add(arn);
        await world.mended(arn);
      }
      await pause();
    }
  }

  return {
    pipeline: orders,
    folder: join(PROJECT_ROOT, 'state-machines', 'orders'),
    origins: {},
    secrets: {},
    async run(world, count) {
      const client = new Orders(world.at);
      let next = 0;
      const worker = async () => {
        while (next < count) await seeThrough(world, client, ++next * 1000);
      };
      await Promise.all(Array.from({ length: AT_A_TIME }, worker));
      client.close();
    },
    async expectTables(world) {
      const client = new Orders(world.at);
      const { aurora, ...actual } = await readTables(client);
      client.close();
      const expected = tablesOf(files);
      expect(actual).toEqual(expected);
      expect(aurora).toEqual(expected.orders);
    },
    close: async () => {},
  };
}
