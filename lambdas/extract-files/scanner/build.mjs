// Compiles scan.assembly.ts to scan.wasm.ts, which is committed: the compiler (100 MB) is needed only by who changes the scanner.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const COMPILER = 'assemblyscript@0.28.20';
const here = import.meta.dirname ?? new URL('.', import.meta.url).pathname;
const source = join(here, 'scan.assembly.ts');
const folder = mkdtempSync(join(tmpdir(), 'scanner-'));
try {
  const wasm = join(folder, 'scan.wasm');
  const options = [
    '-O3',
    '--enable',
    'simd',
    '--runtime',
    'stub',
    '--noAssert',
    '--importMemory',
    '--memoryBase',
    '65536',
  ];
  execFileSync('npx', ['-y', '-p', COMPILER, 'asc', source, ...options, '-o', wasm], { stdio: 'inherit' });
  const digest = createHash('sha256').update(readFileSync(source)).digest('hex');
  writeFileSync(
    join(here, 'scan.wasm.ts'),
    `// Compiled from scan.assembly.ts by build.mjs (${COMPILER}); a test holds the two together.\n` +
      `export const SOURCE_SHA256 = '${digest}';\n` +
      `export const SCANNER_WASM =\n  '${readFileSync(wasm).toString('base64')}';\n`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
