import { join, resolve } from 'node:path';

export const PROJECT_ROOT = resolve(__dirname, '../..');

/** What a synth makes and the next one can use again. Removed with `node_modules`; never committed. */
export const CACHE_FOLDER = join(PROJECT_ROOT, 'node_modules', '.cache', 'stepwell');
