import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duckdbLayer, undeployableLayer } from '../../lib/constructs/duckdb-layer';
import { LayerUnavailable } from '../../lib/constructs/errors';

const MiB = 1024 * 1024;
/** Lambda's limit for a function's code with all of its layers, unpacked. */
const LAMBDA_LIMIT = 250 * MiB;
const AARCH64 = 183;

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

test("it holds DuckDB's Node API and its library for Lambda's architecture, where Node.js looks for it, within the limit", () => {
  const { directory } = duckdbLayer();
  const modules = join(directory, 'nodejs/node_modules/@duckdb');

  expect(readdirSync(modules).sort()).toEqual(['node-api', 'node-bindings', 'node-bindings-linux-arm64']);
  const library = readFileSync(join(modules, 'node-bindings-linux-arm64/duckdb.node'));
  expect(library.subarray(0, 4).toString('latin1')).toBe('\x7fELF');
  expect(library.readUInt16LE(18)).toBe(AARCH64);
  // 64 MB with DuckDB 1.5: room for functions many times our size
  expect(bytesIn(directory)).toBeLessThan(LAMBDA_LIMIT / 2);
});

test('it has no files that nothing reads at run time', () => {
  const files = readdirSync(duckdbLayer().directory, { recursive: true }).map(String);

  expect(files.filter((file) => /\.d\.ts$|\.map$|\.md$/.test(file))).toEqual([]);
});

test('its hash comes from the locked packages, so it is the same on every machine', () => {
  expect(duckdbLayer().hash).toBe(duckdbLayer().hash);
  expect(duckdbLayer().hash).not.toBe(undeployableLayer().hash);
});

describe('when the registry cannot be reached', () => {
  const environment = { ...process.env };
  const cache = mkdtempSync(join(tmpdir(), 'stepwell-layer-'));
  beforeAll(() => {
    process.env.npm_config_registry = 'http://127.0.0.1:9/';
    process.env.npm_config_cache = join(cache, 'npm');
    process.env.npm_config_update_notifier = 'false';
  });
  afterAll(() => {
    process.env = environment;
    rmSync(cache, { recursive: true, force: true });
  });

  test('the error says what is missing and what to do, and nothing half made stays', () => {
    // Only a machine of Lambda's own kind has the library without fetching it.
    if (existsSync('node_modules/@duckdb/node-bindings-linux-arm64')) return;

    expect(() => duckdbLayer(cache)).toThrow(LayerUnavailable);
    expect(() => duckdbLayer(cache)).toThrow(
      /needs @duckdb\/node-bindings-linux-arm64@\d.*ECONNREFUSED.*Check the connection to the npm registry/,
    );
    expect(readdirSync(cache).filter((name) => name.startsWith('duckdb-layer'))).toEqual([]);
  });

  test('a layer without the library lets the local cloud start', () => {
    const { directory } = undeployableLayer();

    expect(readdirSync(join(directory, 'nodejs/node_modules/@duckdb')).sort()).toEqual(['node-api', 'node-bindings']);
  });
});
