/** The page as a browser loads it: built by esbuild in memory, when the console starts, and again where a source has changed. */
import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const PAGE = path.join(__dirname, '..', 'page');

export interface Asset {
  readonly type: string;
  readonly body: Uint8Array;
  readonly gzipped: Uint8Array;
}

export interface Bundle {
  /** by path, as `/assets/main-3F2A.js` */
  readonly assets: ReadonlyMap<string, Asset>;
  /** paths of what the first view loads: the script with what it imports, and the style sheet */
  readonly entry: {
    readonly script: string;
    readonly style: string;
    readonly imports: readonly string[];
    /** what the overview loads besides */
    readonly overview: readonly string[];
  };
}

let kept: { readonly of: string; readonly bundle: Promise<Bundle> } | undefined;

/** The same one while no source changes. */
export function bundle(): Promise<Bundle> {
  const of = fingerprint();
  if (kept?.of !== of) kept = { of, bundle: build() };
  return kept.bundle;
}

/** Without a look at the sources: what a document names was built with it. */
export const builtBundle = (): Promise<Bundle> => kept?.bundle ?? bundle();

function fingerprint(): string {
  const hash = createHash('sha256');
  for (const name of (readdirSync(PAGE, { recursive: true, encoding: 'utf8' }) as string[]).sort()) {
    const { mtimeMs, size } = statSync(path.join(PAGE, name));
    hash.update(`${name} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex');
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

async function build(): Promise<Bundle> {
  const { build: esbuild } = await import('esbuild');
  const { outputFiles, metafile } = await esbuild({
    absWorkingDir: PAGE,
    entryPoints: { main: 'main.tsx' },
    outdir: '/assets',
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    loader: { '.svg': 'file' },
    define: { 'process.env.NODE_ENV': '"production"' },
    tsconfigRaw: '{}',
    legalComments: 'none',
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  const assets = new Map(
    outputFiles.map(({ path: file, contents }) => [
      `/assets/${path.basename(file)}`,
      { type: TYPES[path.extname(file)] ?? 'application/octet-stream', body: contents, gzipped: gzipSync(contents) },
    ]),
  );
  const outputs = Object.entries(metafile.outputs).map(([file, output]) => ({
    name: `/assets/${path.basename(file)}`,
    ...output,
  }));
  const script = outputs.find(({ entryPoint }) => entryPoint === 'main.tsx')!;
  const overview = outputs.find(({ entryPoint }) => entryPoint === 'views/overview/overview.tsx')!;
  const statics = ({ imports }: (typeof outputs)[number]) =>
    imports.flatMap(({ kind, path: file }) => (kind === 'import-statement' ? [`/assets/${path.basename(file)}`] : []));
  return {
    assets,
    entry: {
      script: script.name,
      style: `/assets/${path.basename(script.cssBundle!)}`,
      imports: statics(script),
      overview: [overview.name, ...statics(overview)].filter((name) => !statics(script).includes(name)),
    },
  };
}
