/**
 * Runs one esbuild build in a process of its own: esbuild's plugins are asynchronous, a CDK construct is not. Reads the options
 * as JSON from standard input, writes the files, and prints the metafile as JSON.
 */
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';
import { ALIASES, smallerBundles } from './smaller-bundles.mjs';

try {
  const options = JSON.parse(readFileSync(0, 'utf8'));
  const { metafile } = await build({ ...options, alias: ALIASES, plugins: [smallerBundles()] });
  process.stdout.write(JSON.stringify(metafile));
} catch (error) {
  process.stderr.write(error.message);
  process.exitCode = 1;
}
