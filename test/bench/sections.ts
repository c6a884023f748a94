/** The sections of the benchmark: what each measures, prints, and has as its goals. */
import { type BundleResult, measureBundles } from './bundles';
import { type CitizensResult, measureCitizens } from './citizens';
import { measureCloud } from './cloud';
import { measureConsole } from './console';
import { measureDynamoDb } from './dynamodb';
import { openExtractBench } from './extract';
import { atLeast, atMost, type Goal, round } from './goals';
import { measureHttp } from './http';
import { interpreterSection } from './interpreter/section';
import { measureJoin } from './join';
import { measureMysql } from './mysql';
import { median } from './processes';
import { measureRows } from './rows';
import { measureScaling, tableOf, writeDocs } from './scaling';
import { measureSmallFiles } from './small-files';
import { measureStream } from './stream';
import { measureStreamCloud } from './stream-cloud';
import { measureSynth } from './synth';
import type { Compared } from './tasks';

/** Of the function by itself: with a million it would say the same, half an hour later. */
const MOST_RECORDS_ALONE = 100_000;

export interface Options {
  readonly rows: readonly number[];
  readonly mysqlRows: number;
  readonly httpRows: number;
  readonly items: readonly number[];
  /** of section stream */
  readonly records: readonly number[];
  readonly people: number;
  readonly files: number;
  readonly pipelines: readonly number[];
  /** of the Distributed Maps */
  readonly children: readonly number[];
  readonly repeats: number;
  readonly drops: number;
  /** of section console */
  readonly runs: number;
  /** of section scaling */
  readonly facts: readonly number[];
  /** section scaling writes its table into docs/scaling.md */
  readonly docs: boolean;
}

export interface Section {
  readonly tables: readonly { readonly title: string; readonly rows: readonly object[] }[];
  readonly goals: readonly Goal[];
  /** what was measured, in full */
  readonly result: unknown;
}

export const SECTIONS = {
  scaling: async ({ facts, docs, repeats }) => {
    const sizes = await measureScaling(
      [...facts].sort((a, b) => a - b),
      repeats,
    );
    if (docs) writeDocs(sizes);
    const differ = sizes.filter(({ duckdb, spark }) => spark !== undefined && spark.rows !== duckdb.rows);
    return {
      tables: [{ title: 'The same model on DuckDB in a function and on Spark', rows: sizes.flatMap(tableOf) }],
      goals: [
        atMost(0, { measure: 'scaling: sizes of which the engines make other rows', figure: differ.length, unit: '' }),
      ],
      result: sizes,
    };
  },
  console: async ({ runs, repeats }) => {
    const result = await measureConsole(runs, repeats);
    const among = `${runs.toLocaleString('en-US')} runs`;
    const { scrolled = [], ...views } = result ?? {};
    return {
      tables: [
        { title: 'The console in a browser', rows: result === undefined ? [] : [views] },
        { title: 'Scrolled from top to end in four seconds', rows: scrolled },
      ],
      goals: [
        atMost(1000, { measure: `console: first visit, ${among}`, figure: result?.firstVisitMs, unit: 'ms' }),
        atMost(1000, { measure: `console: first view, ${among}`, figure: result?.firstViewMs, unit: 'ms' }),
        atMost(1000, { measure: `console: list of ${among}`, figure: result?.listMs, unit: 'ms' }),
        ...scrolled.flatMap(({ what, framesPerSecond, cpuMsAFrame }) => [
          atLeast(50, { measure: `console: ${what} scrolled`, figure: framesPerSecond, unit: 'frames/s' }),
          atMost(16.7, { measure: `console: a frame of ${what}`, figure: cpuMsAFrame, unit: 'ms of processor' }),
        ]),
      ],
      result,
    };
  },
  synth: async ({ pipelines }) => {
    const sizes = await measureSynth([...pipelines].sort((a, b) => a - b));
    const [least, most] = [sizes[0]!, sizes.at(-1)!];
    const grown = `${least.pipelines} to ${most.pipelines} pipelines`;
    return {
      tables: [{ title: 'Compiling and synthesizing projects of many pipelines', rows: sizes }],
      goals: [
        atMost(1.25, {
          measure: `synth: time for a pipeline, ${grown}`,
          figure: most.perPipelineMs / least.perPipelineMs,
          unit: '×',
          baseline: 1,
        }),
        atMost(1, {
          measure: `synth: the foundation's template, ${grown}`,
          figure: most.foundationKb / least.foundationKb,
          unit: '×',
          baseline: 1,
        }),
        atMost(1024, {
          measure: 'synth: largest template',
          figure: most.largestKb,
          unit: 'KB',
          baseline: least.largestKb,
        }),
        atMost(500, {
          measure: 'synth: resources of the largest stack',
          figure: most.mostResources,
          unit: '',
          baseline: least.mostResources,
        }),
      ],
      result: sizes,
    };
  },

  extract: async ({ rows: sizes, repeats }) => {
    const bench = await openExtractBench();
    try {
      const compared = [];
      for (const rows of sizes) compared.push(await bench.compare(rows, repeats));
      const allBad = await bench.allBad(1e6);
      const largest = compared.at(-1)!;
      const size = `${exponential(largest.rows)} rows`;
      const goals = [
        atLeast(0.85, { measure: `extract, ${size}: rows a second, of bare DuckDB`, figure: largest.ratio, unit: '' }),
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
        goals.push(
          atMost(1.25, { measure: `extract: peak memory, ${size} to the smallest`, figure: growth, unit: '×' }),
        );
      }
      return {
        tables: [
          {
            title: 'Extract (S3 → judged, typed, modelled Parquet → S3) and bare DuckDB on a local file',
            rows: compared,
          },
          { title: 'A file whose every row is bad', rows: [allBad] },
        ],
        goals,
        result: { compared, allBad },
      };
    } finally {
      await bench.close();
    }
  },

  rows: async ({ rows: sizes, repeats }) => {
    const compared = await measureRows(sizes, repeats);
    return {
      tables: [{ title: "Row objects → Parquet parts in S3: the row writer and Arrow's builders", rows: compared }],
      goals: compared.flatMap((one) =>
        comparisonGoals(`rows → Parquet, ${exponential(one.rows)} rows`, 3, "Arrow's builders", one),
      ),
      result: compared,
    };
  },

  mysql: async ({ mysqlRows, repeats }) => {
    const compared = await measureMysql(mysqlRows, repeats);
    return {
      tables:
        compared === undefined
          ? [{ title: 'MySQL → Parquet is left out: mariadbd is not installed', rows: [] }]
          : [{ title: "A table of MariaDB → Parquet parts in S3, and mysql2's stream of it alone", rows: [compared] }],
      goals: comparisonGoals('MySQL → Parquet', 0.6, 'mysql2 alone', compared),
      result: compared,
    };
  },

  http: async ({ httpRows, repeats }) => {
    const compared = await measureHttp(httpRows, repeats);
    return {
      tables: [{ title: 'Pages of an API → Parquet parts in S3, and bare reading of the same pages', rows: compared }],
      goals: compared.flatMap((one) =>
        comparisonGoals(
          `HTTP → Parquet${one.longNumbers ? ', a number of 17 digits in each row' : ''}`,
          0.6,
          'bare reading',
          one,
        ),
      ),
      result: compared,
    };
  },

  dynamodb: async ({ items, repeats }) => {
    const compared = await measureDynamoDb(items, repeats);
    return {
      tables: [
        { title: "A DynamoDB table → Parquet parts in S3, and the SDK's scan of the same segments", rows: compared },
      ],
      goals: [
        ...comparisonGoals('DynamoDB → Parquet', 0.6, "the SDK's client alone", compared.at(-1)),
        atMost(1.25, {
          measure: `DynamoDB → Parquet: peak memory, ${exponential(compared.at(-1)!.rows)} items to ${exponential(compared[0]!.rows)}`,
          figure: compared.length > 1 ? compared.at(-1)!.peakMb / compared[0]!.peakMb : undefined,
          unit: '×',
        }),
      ],
      result: compared,
    };
  },

  stream: async ({ records, repeats }) => {
    const alone = [...new Set(records.map((count) => Math.min(count, MOST_RECORDS_ALONE)))];
    const compared = await measureStream(alone, repeats);
    const { runs, latencies } = await measureStreamCloud(records);
    const [least, most] = [runs[0]!, runs.at(-1)!];
    const grown = `${exponential(least.records)} to ${exponential(most.records)} records`;
    return {
      tables: [
        { title: 'Kinesis → DynamoDB, staged for the runs: the pipeline users in the local cloud', rows: runs },
        { title: 'The same, from arrival to item, at a quarter of that rate', rows: latencies },
        {
          title: 'Batches of a stream → DynamoDB, deduplicated and staged in S3, and BatchWriteItem alone',
          rows: compared,
        },
      ],
      goals: [
        atLeast(2000, {
          measure: 'stream: records a second, Kinesis to DynamoDB',
          figure: most.recordsPerSecond,
          unit: '',
          baseline: most.barePerSecond,
        }),
        atMost(1000, { measure: 'stream: p50 latency, window 0', figure: latencies.at(-1)?.p50Ms, unit: 'ms' }),
        ...(['cloudPeakMb', 'functionPeakMb'] as const).map((of) =>
          atMost(1.25, {
            measure: `stream: peak memory of the ${of === 'cloudPeakMb' ? 'local cloud' : 'function'}, ${grown}`,
            figure: runs.length > 1 ? most[of] / least[of] : undefined,
            unit: '×',
          }),
        ),
        atMost(1.25, {
          measure: `stream: peak memory, ${exponential(compared.at(-1)!.rows)} records to ${exponential(compared[0]!.rows)}`,
          figure: compared.length > 1 ? compared.at(-1)!.peakMb / compared[0]!.peakMb : undefined,
          unit: '×',
        }),
      ],
      result: { compared, runs, latencies },
    };
  },

  join: async ({ repeats }) => {
    const compared = await measureJoin(1e7, 1e5, repeats);
    return {
      tables: [
        {
          title: 'Facts joined with a dimension and aggregated (S3 → DuckDB → S3), and bare DuckDB on the same Parquet',
          rows: [compared],
        },
      ],
      goals: [
        atLeast(0.8, { measure: 'join, 1e7 facts: rows a second, of bare DuckDB', figure: compared.ratio, unit: '' }),
      ],
      result: compared,
    };
  },

  interpreter: ({ children, repeats }) => interpreterSection(children, repeats),

  citizens: async ({ people }) => {
    const citizens = await measureCitizens(people);
    return { tables: citizensTables(citizens), goals: citizensGoals(citizens), result: citizens };
  },

  smallfiles: async ({ files }) => {
    const result = await measureSmallFiles(files);
    return {
      tables: [
        {
          title: 'Small files by the date in their keys, in one run of a schedule, into the lake',
          rows: [{ ...rounded(result), dollars: Number(result.dollars.toPrecision(2)) }],
        },
      ],
      goals: [
        atMost(0.1, {
          measure: `${result.files} small files: state transitions a file`,
          figure: result.transitionsPerFile,
          unit: '',
        }),
      ],
      result,
    };
  },

  bundles: async () => {
    const bundles = measureBundles();
    return {
      tables: [{ title: 'Bundles, and loading them in a fresh process (median of 15)', rows: bundles }],
      goals: bundleGoals(bundles),
      result: bundles,
    };
  },

  cloud: async ({ repeats, drops }) => {
    const cloud = await measureCloud({ repeats, drops });
    return {
      tables: [
        {
          title: 'The local cloud, in seconds',
          rows: Object.entries(cloud).map(([measure, times]) => ({ measure, ...spread(times) })),
        },
      ],
      goals: [
        atMost(2, {
          measure: 'drop to published, 10,000 rows, warm',
          figure: median(cloud.publishedSeconds),
          unit: 's',
        }),
        atMost(8, { measure: 'local cloud ready after a warm synth', figure: median(cloud.readySeconds), unit: 's' }),
        atMost(45, { measure: 'npm start -- --once', figure: median(cloud.onceSeconds), unit: 's' }),
      ],
      result: cloud,
    };
  },
} satisfies Record<string, (options: Options) => Promise<Section>>;

/** Undefined: it could not be measured. */
function comparisonGoals(what: string, least: number, baseline: string, compared: Compared | undefined): Goal[] {
  return [
    atLeast(least, { measure: `${what}: rows a second, of ${baseline}`, figure: compared?.ratio, unit: '' }),
    atMost(400, {
      measure: `${what}: peak memory`,
      figure: compared?.peakMb,
      unit: 'MiB',
      ...(compared ? { baseline: compared.barePeakMb } : {}),
    }),
  ];
}

function citizensTables({ people, bytes, rows, rejected, seconds, ranges, tasks }: CitizensResult) {
  return [
    {
      title: `The citizens pipeline: two days of ${people.toLocaleString('en')} people, ${Math.round(bytes / 1e6)} MB in ${ranges} ranges, to three tables in PostgreSQL`,
      rows: [{ rows, rejected, 'run s': round(seconds), 'rows/s': Math.round(rows / seconds) }],
    },
    {
      title: 'Its tasks',
      rows: tasks.map(({ task, invocations, seconds: longest, peakMb, memoryMb }) => ({
        task,
        invocations,
        'longest s': round(longest),
        'peak MB': peakMb,
        'of MB': memoryMb,
      })),
    },
  ];
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

const exponential = (rows: number): string => rows.toExponential().replace('+', '');

export const rounded = (values: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'number' ? round(value) : value]),
  );

function spread(times: readonly number[]) {
  return {
    median: round(median(times)),
    fastest: round(Math.min(...times)),
    slowest: round(Math.max(...times)),
    of: times.length,
  };
}
