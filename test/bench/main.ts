/**
 * `npm run bench` measures the project's speed goals and prints tables, and the figures as JSON in the end.
 * `npm run bench -- extract --rows 1e6 --repeats 3` runs one section.
 */
import { parseArgs } from 'node:util';
import { openExtractBench } from './extract';

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { rows: { type: 'string', multiple: true }, repeats: { type: 'string' } },
  });
  const results: Record<string, unknown> = {};
  const wanted = (section: string) => positionals.length === 0 || positionals.includes(section);
  if (wanted('extract')) {
    const bench = await openExtractBench();
    try {
      const table = [];
      for (const rows of values.rows?.map(Number) ?? [1e6, 1e7])
        table.push(await bench.compare(rows, Number(values.repeats ?? 3)));
      console.table(table);
      const allBad = await bench.allBad(1e6);
      console.table([allBad]);
      results.extract = { compared: table, allBad };
    } finally {
      await bench.close();
    }
  }
  console.log(JSON.stringify(results));
}

void main();
