/**
 * `npm run bench` measures the project's speed goals and prints tables, and the figures as JSON in the end.
 * `npm run bench -- extract --rows 1e6 --repeats 3` runs one section; sections: extract, bundles.
 */
import { parseArgs } from 'node:util';
import { measureBundles } from './bundles';
import { type ExtractResult, openExtractBench } from './extract';

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { rows: { type: 'string', multiple: true }, repeats: { type: 'string', default: '3' } },
  });
  const isWanted = (section: string) => positionals.length === 0 || positionals.includes(section);
  const results: Record<string, unknown> = {};
  if (isWanted('extract')) {
    results.extract = await extractSection(values.rows?.map(Number) ?? [1e6, 1e7], Number(values.repeats));
  }
  if (isWanted('bundles')) {
    const bundles = measureBundles();
    console.log('\nBundles, and loading them in a fresh process (median of 15)');
    console.table(bundles);
    results.bundles = bundles;
  }
  console.log(JSON.stringify(results));
}

async function extractSection(sizes: readonly number[], repeats: number) {
  const bench = await openExtractBench();
  try {
    const compared: ExtractResult[] = [];
    for (const rows of sizes) compared.push(await bench.compare(rows, repeats));
    const allBad = await bench.allBad(1e6);
    console.log(
      `Extract (S3 → judged, typed, modelled Parquet → S3) and bare DuckDB on a local file, alternating, median of ${repeats}`,
    );
    console.table(
      compared.map((result) => ({
        rows: result.rows,
        MB: Math.round(result.bytes / 1e6),
        'task s': round(result.taskSeconds),
        'bare s': round(result.bareSeconds),
        'rows/s, of bare': round(result.ratio),
        'task CPU s': round(result.taskCpuSeconds),
        'bare CPU s': round(result.bareCpuSeconds),
        'task peak MiB': Math.round(result.taskPeakMb),
        'bare peak MiB': Math.round(result.barePeakMb),
        rejected: result.rejected,
        'rejects exact': result.rejectsExact,
      })),
    );
    console.log('A file whose every row is bad');
    console.table([
      {
        rows: allBad.rows,
        MB: Math.round(allBad.bytes / 1e6),
        'task s': round(allBad.taskSeconds),
        'task peak MiB': Math.round(allBad.taskPeakMb),
        rejected: allBad.rejected,
      },
    ]);
    return { compared, allBad };
  } finally {
    await bench.close();
  }
}

const round = (value: number): number => Math.round(value * 100) / 100;

void main();
