/** Measures the project's speed goals; prints a table for each section, all goals in one, and the figures as JSON in the end. */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type BundleResult, measureBundles } from './bundles';
import { type CitizensResult, measureCitizens } from './citizens';
import { type CloudResult, measureCloud } from './cloud';
import { type AllBadResult, type ExtractResult, openExtractBench } from './extract';
import { atLeast, atMost, type Goal, round } from './goals';
import { measureHttp } from './http';
import { measureJoin } from './join';
import { type MysqlResult, measureMysql } from './mysql';
import { median } from './processes';
import { measureRows, type RowsResult } from './rows';
import { measureSmallFiles } from './small-files';

const HELP = `npm run bench -- [options]

  --section <name>   extract, rows, mysql, http, join, citizens, smallfiles, bundles or cloud; may be repeated (default: all)
  --rows <n>         of the files of sections extract and rows; may be repeated (default: 1e6 and 1e7)
  --mysql-rows <n>   of the table of section mysql (default: 5e6)
  --people <n>       in each of the two files of section citizens (default: 5e6)
  --files <n>        of section smallfiles (default: 1e4)
  --repeats <n>      of each measurement of extract, rows and cloud (default: 3)
  --drops <n>        files dropped into the warm cloud (default: 10)
  --help

Each comparison alternates with its baseline, and medians are printed. Close other programs first: "load" in the JSON tells how
busy the machine was (1-minute load average at the start of each section).
`;
const SECTIONS = ['extract', 'rows', 'mysql', 'http', 'join', 'citizens', 'smallfiles', 'bundles', 'cloud'] as const;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      section: { type: 'string', multiple: true, default: [...SECTIONS] },
      rows: { type: 'string', multiple: true, default: ['1e6', '1e7'] },
      'mysql-rows': { type: 'string', default: '5e6' },
      people: { type: 'string', default: '5e6' },
      files: { type: 'string', default: '1e4' },
      repeats: { type: 'string', default: '3' },
      drops: { type: 'string', default: '10' },
      help: { type: 'boolean', default: false },
    },
  });
  const unknown = values.section.find((name) => !SECTIONS.includes(name as (typeof SECTIONS)[number]));
  if (values.help || unknown !== undefined) {
    process.stdout.write(unknown === undefined ? HELP : `There is no section ${unknown}.\n\n${HELP}`);
    process.exitCode = unknown === undefined ? 0 : 1;
    return;
  }
  const repeats = Number(values.repeats);
  const results: Record<string, unknown> = {};
  const load: Record<string, number> = {};
  const goals: Goal[] = [];
  for (const section of SECTIONS.filter((name) => values.section.includes(name))) {
    load[section] = round(loadavg()[0]!);
    if (section === 'extract') {
      const { compared, allBad } = await measureExtract(values.rows.map(Number), repeats);
      showExtract(compared, allBad, repeats);
      results.extract = { compared, allBad };
      goals.push(...extractGoals(compared, allBad));
    } else if (section === 'rows') {
      const rows = await measureRows(values.rows.map(Number), repeats);
      console.log("\nRow objects → Parquet parts in S3: the row writer and Arrow's builders, alternating");
      console.table(rows.map((result) => mapValues(result, round)));
      results.rows = rows;
      goals.push(...rowsGoals(rows));
    } else if (section === 'mysql') {
      const result = await measureMysql(Number(values['mysql-rows']), repeats);
      if (result === undefined) {
        console.log('\nMySQL → Parquet is left out: mariadbd is not installed.');
        continue;
      }
      console.log("\nA table of MariaDB → Parquet parts in S3, and mysql2's stream of it alone, alternating");
      console.table([mapValues(result, round)]);
      results.mysql = result;
      goals.push(...mysqlGoals(result));
    } else if (section === 'http') {
      const result = await measureHttp(1e6, repeats);
      console.log('\nPages of an API → Parquet parts in S3, and bare reading of the same pages, alternating');
      console.table([mapValues(result, round)]);
      results.http = result;
      goals.push(
        atMost(400, {
          measure: 'HTTP → Parquet: peak memory',
          figure: result.peakMb,
          unit: 'MiB',
          baseline: result.barePeakMb,
        }),
      );
    } else if (section === 'join') {
      const result = await measureJoin(1e7, 1e5, repeats);
      console.log(
        '\nFacts joined with a dimension and aggregated (S3 → DuckDB → S3), and bare DuckDB on the same Parquet, alternating',
      );
      console.table([mapValues(result, round)]);
      results.join = result;
      goals.push(
        atLeast(0.8, {
          measure: 'join, 1e7 facts: rows a second, of bare DuckDB',
          figure: result.ratio,
          unit: '',
          baseline: 1,
        }),
      );
    } else if (section === 'smallfiles') {
      const result = await measureSmallFiles(Number(values.files));
      console.log('\nSmall files by the date in their keys, in one run of a schedule, into the lake');
      console.table([{ ...mapValues(result, round), dollars: Number(result.dollars.toPrecision(2)) }]);
      results.smallfiles = result;
      const measure = `${result.files} small files: state transitions a file`;
      goals.push(atMost(0.1, { measure, figure: result.transitionsPerFile, unit: '' }));
    } else if (section === 'citizens') {
      const citizens = await measureCitizens(Number(values.people));
      showCitizens(citizens);
      results.citizens = citizens;
      goals.push(...citizensGoals(citizens));
    } else if (section === 'bundles') {
      const bundles = measureBundles();
      console.log('\nBundles, and loading them in a fresh process (median of 15)');
      console.table(bundles);
      results.bundles = bundles;
      goals.push(...bundleGoals(bundles));
    } else {
      const cloud = await measureCloud({ repeats, drops: Number(values.drops) });
      console.log('\nThe local cloud, in seconds');
      console.table(Object.entries(cloud).map(([measure, times]) => ({ measure, ...spread(times) })));
      results.cloud = cloud;
      goals.push(...cloudGoals(cloud));
    }
  }
  console.log('\nGoals');
  console.table(goals);
  console.log(JSON.stringify({ goals, ...results, load }));
}

async function measureExtract(sizes: readonly number[], repeats: number) {
  const bench = await openExtractBench();
  try {
    const compared: ExtractResult[] = [];
    for (const rows of sizes) compared.push(await bench.compare(rows, repeats));
    return { compared, allBad: await bench.allBad(1e6) };
  } finally {
    await bench.close();
  }
}

function showExtract(compared: readonly ExtractResult[], allBad: AllBadResult, repeats: number): void {
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
      'S3 CPU s': round(result.s3CpuSeconds),
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
}

function extractGoals(compared: readonly ExtractResult[], allBad: AllBadResult): Goal[] {
  const largest = compared.at(-1)!;
  const size = `${largest.rows.toExponential().replace('+', '')} rows`;
  const goals = [
    atLeast(0.85, {
      measure: `extract, ${size}: rows a second, of bare DuckDB`,
      figure: largest.ratio,
      unit: '',
      baseline: 1,
    }),
    atMost(300, {
      measure: `extract, ${size}: peak memory`,
      figure: largest.taskPeakMb,
      unit: 'MiB',
      baseline: largest.barePeakMb,
    }),
    atMost(512, { measure: 'extract, every row bad: peak memory', figure: allBad.taskPeakMb, unit: 'MiB' }),
    atMost(0, {
      measure: 'extract: files with inexact rejects or rows that do not add up',
      figure: compared.filter(({ rejectsExact }) => !rejectsExact).length,
      unit: '',
    }),
  ];
  if (compared.length > 1) {
    const growth = largest.taskPeakMb / compared[0]!.taskPeakMb;
    goals.push(atMost(1.25, { measure: `extract: peak memory, ${size} to the smallest`, figure: growth, unit: '×' }));
  }
  return goals;
}

function rowsGoals(rows: readonly RowsResult[]): Goal[] {
  return rows.flatMap(({ rows, ratio, peakMb, arrowPeakMb }) => [
    atLeast(3, {
      measure: `rows → Parquet, ${rows.toExponential().replace('+', '')} rows: rows a second, of Arrow's builders`,
      figure: ratio,
      unit: '',
      baseline: 1,
    }),
    atMost(400, {
      measure: `rows → Parquet, ${rows.toExponential().replace('+', '')} rows: peak memory`,
      figure: peakMb,
      unit: 'MiB',
      baseline: arrowPeakMb,
    }),
  ]);
}

function mysqlGoals({ ratio, peakMb, barePeakMb }: MysqlResult): Goal[] {
  return [
    atLeast(0.6, { measure: 'MySQL → Parquet: rows a second, of mysql2 alone', figure: ratio, unit: '', baseline: 1 }),
    atMost(400, { measure: 'MySQL → Parquet: peak memory', figure: peakMb, unit: 'MiB', baseline: barePeakMb }),
  ];
}

function showCitizens({ people, bytes, rows, rejected, seconds, ranges, tasks }: CitizensResult): void {
  console.log(
    `\nThe citizens pipeline: two days of ${people.toLocaleString('en')} people, ${Math.round(bytes / 1e6)} MB in ${ranges} ranges, to three tables in PostgreSQL`,
  );
  console.table([{ rows, rejected, 'run s': round(seconds), 'rows/s': Math.round(rows / seconds) }]);
  console.table(
    tasks.map(({ task, invocations, seconds: longest, peakMb, memoryMb }) => ({
      task,
      invocations,
      'longest s': round(longest),
      'peak MB': peakMb,
      'of MB': memoryMb,
    })),
  );
}

function citizensGoals({ tasks }: CitizensResult): Goal[] {
  const fullest = tasks.reduce((one, other) =>
    other.peakMb / other.memoryMb > one.peakMb / one.memoryMb ? other : one,
  );
  return [
    atMost(0.75, {
      measure: `citizens: peak memory, of the function's, in ${fullest.task}`,
      figure: fullest.peakMb / fullest.memoryMb,
      unit: '',
    }),
  ];
}

function bundleGoals(bundles: readonly BundleResult[]): Goal[] {
  const bare = bundles.find(({ uses }) => uses === 'nothing')!;
  const worst = (judged: readonly BundleResult[], value: (bundle: BundleResult) => number) =>
    judged.reduce((most, bundle) => (value(bundle) > value(most) ? bundle : most));
  const withS3 = bundles.filter(({ uses }) => uses === 'S3' || uses === 'S3, other services');
  const largest = worst(withS3, ({ kilobytes }) => kilobytes);
  const slowest = worst(
    bundles.filter(({ uses }) => uses === 'S3'),
    ({ loadMs }) => loadMs,
  );
  return [
    atMost(500, {
      measure: `largest bundle with S3, without DuckDB or a driver: ${largest.task}`,
      figure: largest.kilobytes,
      unit: 'KB',
    }),
    atMost(45, {
      measure: `slowest to load of those with no other service: ${slowest.task}`,
      figure: slowest.loadMs,
      unit: 'ms',
      baseline: bare.loadMs,
    }),
  ];
}

function cloudGoals(cloud: CloudResult): Goal[] {
  return [
    atMost(2, { measure: 'drop to published, 10,000 rows, warm', figure: median(cloud.publishedSeconds), unit: 's' }),
    atMost(8, { measure: 'local cloud ready after a warm synth', figure: median(cloud.readySeconds), unit: 's' }),
    atMost(45, { measure: 'npm start -- --once', figure: median(cloud.onceSeconds), unit: 's' }),
  ];
}

const mapValues = <T extends object>(values: T, change: (value: number) => number) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));

function spread(times: readonly number[]) {
  return {
    median: round(median(times)),
    fastest: round(Math.min(...times)),
    slowest: round(Math.max(...times)),
    of: times.length,
  };
}

void main();
