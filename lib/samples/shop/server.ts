import { type SampleDatabase, startSampleDatabase } from '../mysql/server';
import { SHOP_TABLES } from './data';

export type SampleShop = SampleDatabase;

/** `port` 0: any that is free. */
export const startSampleShop = (port = 0): Promise<SampleShop> =>
  startSampleDatabase({ dbname: 'shop', tables: SHOP_TABLES, port });
