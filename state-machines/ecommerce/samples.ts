/** Stands in for the shop's systems where nobody has a login for them: made up, the same on every machine, and it goes on each day. */
import { CRM_ORIGIN, startCrmServer } from '../../lib/samples/crm/server';
import { dayOf } from '../../lib/samples/shop/calendar';
import { putCatalogue } from '../../lib/samples/shop/catalogue';
import { clickFiles } from '../../lib/samples/shop/clicks';
import { startSampleShop } from '../../lib/samples/shop/server';

const CRM = {
  bearerToken: 'sample-crm-token',
  apiKey: 'sample-crm-key',
  username: 'sample',
  password: 'sample-crm-password',
  clientId: 'sample-client',
  clientSecret: 'sample-client-secret',
};

/** Of the interval's day, and in few files of the one before, so that `npx stepwell run ecommerce --interval …` has something to read. */
export function sampleFiles(interval: { readonly start: string }) {
  const day = dayOf(Date.parse(interval.start));
  return [...clickFiles(day), ...clickFiles(day - 1, 60)].map((file) => ({ ...file, times: 1 }));
}

export async function startServices({ client }: { readonly client: Parameters<typeof putCatalogue>[0] }) {
  await putCatalogue(client, 'products');
  const shop = await startSampleShop();
  const crm = await startCrmServer({ ...CRM, interactionsPerDay: 150, days: 14, requestsPerSecond: 20 });
  return {
    secrets: { 'shop-db': shop.secret, crm: { clientId: CRM.clientId, clientSecret: CRM.clientSecret } },
    origins: { [CRM_ORIGIN]: crm.url },
    close: async () => {
      await Promise.all([shop.close(), crm.close()]);
    },
  };
}
