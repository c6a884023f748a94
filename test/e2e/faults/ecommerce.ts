/** Days of a shop, one after another as they come: sales that change, customers who move, prices, clicks. */
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PROJECT_ROOT } from '../../../lib/constructs/cache';
import { CRM_ORIGIN, startCrmServer } from '../../../lib/samples/crm/server';
import { DAY_MS, dayOf, MINUTE_MS } from '../../../lib/samples/shop/calendar';
import { putCatalogue } from '../../../lib/samples/shop/catalogue';
import { clickFiles } from '../../../lib/samples/shop/clicks';
import { startSampleShop } from '../../../lib/samples/shop/server';
import ecommerce from '../../../state-machines/ecommerce/pipeline';
import { CRM } from '../crm-logins';
import { lakeRows, type Row } from '../pipelines-cloud';
import { ExpectedShop } from '../shop-expected';
import { expectRows } from '../shop-rows';
import { readTable } from '../tables';
import type { Lane } from './lane';

const INTERACTIONS = { interactionsPerDay: 300, days: 2 };

export async function ecommerceLane(count: number): Promise<Lane> {
  const firstEnd = (dayOf(Date.now()) - count - 1) * DAY_MS + 60 * MINUTE_MS;
  const endOf = (run: number) => firstEnd + run * DAY_MS;
  /** What comes in ten minutes later is the next interval's. */
  const readAt = (run: number) => endOf(run) + 10 * MINUTE_MS;
  let now = readAt(0);
  const [shop, crm] = await Promise.all([
    startSampleShop({ now: () => now }),
    startCrmServer({ ...CRM, ...INTERACTIONS, now: () => now }),
  ]);
  const expected = new ExpectedShop({
    opened: now,
    interactionsPerDay: INTERACTIONS.interactionsPerDay,
    interactionDays: INTERACTIONS.days,
  });
  const clicks: Row[] = [];

  return {
    pipeline: ecommerce,
    folder: join(PROJECT_ROOT, 'state-machines', 'ecommerce'),
    origins: { [CRM_ORIGIN]: crm.url },
    secrets: { 'shop-db': shop.secret, crm: { clientId: CRM.clientId, clientSecret: CRM.clientSecret } },
    async run(world, runs) {
      const s3 = new S3Client({ ...world.client, forcePathStyle: true });
      const Bucket = world.at.outputs['Stepwell-Ecommerce']!.LandingBucketName;
      for (let run = 0; run < runs; run++) {
        now = readAt(run);
        await world.patiently(() => putCatalogue(world.client, 'products', now));
        const files = clickFiles(dayOf(endOf(run) - DAY_MS), 60);
        const Body = gzipSync(Buffer.concat(files.map(({ body }) => gunzipSync(body))));
        await world.patiently(() => s3.send(new PutObjectCommand({ Bucket, Key: files[0]!.key, Body })));
        const schedule = { time: new Date(endOf(run)).toISOString() };
        await world.mended(await world.start('ecommerce', `day-${run}`, { schedule }));
        clicks.push(...expected.run({ start: endOf(run - 1), at: now, isInitial: run === 0 }).clicks);
      }
      s3.destroy();
    },
    async expectTables(world) {
      for (const [table, rows] of Object.entries(expected.tables()))
        expectRows(table, (await readTable(world.at.databases.redshift!, `commerce.${table}`)) as Row[], rows);
      expectRows('page_events', await lakeRows(world.client, 'ecommerce', 'page_events'), clicks);
    },
    async close() {
      await Promise.all([crm.close(), shop.close()]);
    },
  };
}
