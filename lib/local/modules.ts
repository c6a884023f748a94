/**
 * The modules of the services as one file. They are more than 800, and to find, read and compile them one by one takes a program that `tsx`
 * runs a second at each start; the one file takes a sixth of it. esbuild makes it where there is none of these very sources.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { CACHE, PROJECT_ROOT, removeOld } from './cache';
import { withoutSourceMaps } from './source-maps';

type Run = typeof import('./run');

const PREFIX = 'local-';
/** All that `run.ts` may import of ours: `test/architecture.test.ts`. */
const FOLDERS = ['lib/asl', 'lib/schema', 'lib/local'];

/** One by one where the program's loader is not `tsx` (that of jest keeps modules apart for each suite), and where the one file cannot be made. */
export async function loadRun(): Promise<Run> {
  const file = '.ts' in (require.extensions ?? {}) ? await bundle(PROJECT_ROOT).catch(() => undefined) : undefined;
  return file === undefined ? withoutSourceMaps(() => import('./run')) : (require(file) as Run);
}

/** The one file, in the cache of the project at `root`. */
export async function bundle(root: string): Promise<string> {
  const sources = readSources(root);
  const file = join(root, CACHE, `${PREFIX}${keyOf(root, sources)}.js`);
  if (!existsSync(file)) await make(root, file, sources);
  return file;
}

/** Path from the root → text. */
type Sources = ReadonlyMap<string, string>;

function readSources(root: string): Sources {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`),
  );
  return new Map([...files.sort(), 'tsconfig.json'].map((file) => [file, readFileSync(join(root, file), 'utf8')]));
}

/** What else it depends on: the place, which is in it, and who makes it. */
function keyOf(root: string, sources: Sources): string {
  const esbuild = readFileSync(join(PROJECT_ROOT, 'node_modules/esbuild/package.json'), 'utf8');
  const hash = createHash('sha256').update(JSON.stringify([root, process.version, esbuild]));
  for (const [file, text] of sources) hash.update(`${file}\0${text.length}\0`).update(text);
  return hash.digest('hex').slice(0, 16);
}

async function make(root: string, file: string, sources: Sources): Promise<void> {
  const { build, stop } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['lib/local/run.ts'],
    bundle: true,
    outfile: file,
    write: false,
    metafile: true,
    platform: 'node',
    target: `node${process.versions.node}`,
    packages: 'external',
    // What is imported late is required late, without the loader of ES modules.
    supported: { 'dynamic-import': false },
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'silent',
    plugins: [
      {
        name: 'sources',
        // As they were when their hash was taken, even if somebody is editing them.
        setup: ({ onLoad }) =>
          onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const text = sources.get(relative(root, path).replaceAll('\\', '/'));
            if (text === undefined) return undefined;
            // In one file they would all lie in its folder.
            const contents = text
              .replaceAll('__dirname', JSON.stringify(dirname(path)))
              .replaceAll('__filename', JSON.stringify(path));
            return { contents, loader: 'ts' };
          }),
      },
    ],
  });
  // Its process would stay as long as this one.
  await stop();
  const unknown = Object.keys(metafile.inputs).find((input) => !sources.has(input));
  if (unknown !== undefined) throw new Error(`${unknown} is outside of ${FOLDERS.join(', ')}`);
  mkdirSync(dirname(file), { recursive: true });
  removeOld(dirname(file), PREFIX);
  // The map first: a file that is there has all that it needs. Each whole or not at all.
  for (const { path, contents } of outputFiles.sort((a, b) => b.path.length - a.path.length)) {
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, contents);
    renameSync(draft, path);
  }
}
