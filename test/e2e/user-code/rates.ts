import { checkpoint, type Extractor, PermanentError, type Planner } from '../../../lib/pipeline';
import type { rates } from './pipelines';

const PAGES = 3;
const PAGE_ROWS = 1000;

export const plan: Planner<typeof rates> = () => [{ id: 'EUR' }, { id: 'USD' }, { id: 'XXX' }];

const extract: Extractor<typeof rates, { page: number }> = async function* (context) {
  const { partition, interval, secret, log } = context;
  const { token } = await secret('rates-api');
  log.info(`Asking with ${token}`);
  if (partition.id === 'XXX') throw new PermanentError(`There is no currency XXX, says the API to ${token}`);
  const { page } = context.checkpoint ?? { page: 1 };
  for (let n = 0; n < PAGE_ROWS; n++) {
    yield {
      id: page * PAGE_ROWS + n,
      currency: partition.id,
      day: interval!.start.slice(0, 10),
      rate: `${n}.25`,
      note: n % 100 === 0 ? 'bad' : ` row ${n} `,
    };
  }
  if (page < PAGES) return checkpoint({ page: page + 1 });
};
export default extract;
