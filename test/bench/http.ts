/** A paginated API → Parquet in S3, beside bare reading of the same pages, alternating. */
import { resolve } from 'node:path';
import { bundle } from '../../lib/constructs/bundle';
import type { ColumnType, ContractColumn } from '../../lib/tasks/common';
import type { ExtractRowsInput } from '../../lib/tasks/extract-rows';
import { PAGE_ROWS } from './http-server';
import { startServer } from './processes';
import { BENCH_RUN } from './run';
import { type Compared, compare, openTaskBench } from './tasks';

export interface HttpResult extends Compared {
  /** `external_ref` has more digits than a double holds, as a number of another system may */
  readonly longNumbers: boolean;
}

export async function measureHttp(rows: number, repeats: number): Promise<HttpResult[]> {
  const bench = await openTaskBench('http');
  const bare = bundle('http', 'test/bench/handlers');
  const task = bundle('extract-http');
  try {
    const results: HttpResult[] = [];
    for (const longNumbers of [false, true]) {
      const pages = String(Math.ceil(rows / PAGE_ROWS));
      const api = await startServer(resolve('test/bench/http-server.ts'), [pages, longNumbers ? 'long' : 'short']);
      const url = `${api.endpoint}/rows`;
      try {
        const compared = await compare(
          rows,
          repeats,
          () => bench.run(bare, { url }),
          () => bench.run(task, eventFor(url)),
        );
        results.push({ longNumbers, ...compared });
      } finally {
        await api.stop();
      }
    }
    return results;
  } finally {
    await bench.close();
  }
}

function eventFor(url: string): ExtractRowsInput {
  const of = (name: string, type: ColumnType, from?: string): ContractColumn => ({
    name,
    type,
    nullable: true,
    key: false,
    ...(from === undefined ? {} : { from }),
  });
  const config = {
    kind: 'httpApi',
    url,
    query: {},
    headers: {},
    rows: 'data',
    concurrency: 1,
    timeoutSeconds: 30,
    attempts: 3,
  } as const;
  return {
    action: 'extract',
    run: BENCH_RUN,
    source: {
      name: 'bench',
      columns: [
        of('interaction_id', { type: 'bigint' }),
        of('external_ref', { type: 'bigint' }),
        of('customer_id', { type: 'integer' }),
        of('channel', { type: 'text', length: 20 }),
        of('subject', { type: 'text' }),
        of('sentiment', { type: 'decimal', precision: 3, scale: 2 }),
        of('duration_seconds', { type: 'integer' }),
        of('agent_name', { type: 'text' }, 'agent.name'),
        of('tags', { type: 'json' }),
        of('occurred_at', { type: 'timestamp' }),
        of('updated_at', { type: 'timestamp' }),
      ],
      onDrift: 'ignore',
      onBadRow: {},
      config: { ...config, paginate: { kind: 'cursor', next: 'next', parameter: 'cursor' } },
    },
    partition: { id: 'all', values: {} },
    partitions: 1,
    cursor: null,
    checkpoint: null,
  };
}
