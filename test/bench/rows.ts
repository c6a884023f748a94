/** Row objects → typed columns → Parquet parts in S3: the row writer beside Arrow's stock builders, alternating. */
import { bundle } from '../../lib/constructs/bundle';
import type { RowsEvent } from './handlers/rows/handler';
import { type Compared, compare, openTaskBench } from './tasks';

export async function measureRows(sizes: readonly number[], repeats: number): Promise<Compared[]> {
  const bench = await openTaskBench('rows');
  const handler = bundle('rows', 'test/bench/handlers');
  const run = (event: RowsEvent) => bench.run(handler, event);
  try {
    const results: Compared[] = [];
    for (const rows of sizes) {
      const compared = await compare(
        rows,
        repeats,
        () => run({ writer: 'arrow', rows }),
        () => run({ writer: 'stepwell', rows }),
      );
      results.push(compared);
    }
    return results;
  } finally {
    await bench.close();
  }
}
