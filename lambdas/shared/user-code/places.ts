/** Where the user's own code threw, in its own files and lines: what runs is one minified file. */
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';

const MOST_PLACES = 5;
const FRAME = /^\s+at (?:.*? \()?(?:file:\/\/)?(.+?):(\d+):(\d+)\)?$/;
/** What is not the user's: packages, Node itself, and what runs the user's code. */
const isOthers = (file: string): boolean =>
  /(?:^|[\\/])node_modules[\\/]|^(?:lambdas|lib)[\\/]|^node:/.test(file) || file.startsWith(HANDLERS);
/** Where this file is not part of a bundle. */
const HANDLERS = join(__dirname, '..', '..');

/** `state-machines/fx/rates.ts:12:9`, the innermost first. */
export function placesOf(error: unknown, folder = __dirname): string[] {
  const stack = error instanceof Error ? error.stack : undefined;
  if (stack === undefined) return [];
  const code = join(folder, 'index.js');
  let map: SourceMap | undefined;
  const places: string[] = [];
  for (const line of stack.split('\n')) {
    const [, file, row, column] = FRAME.exec(line) ?? [];
    if (file === undefined) continue;
    let place = { file, line: Number(row), column: Number(column) };
    if (file === code) {
      map ??= readMap(folder);
      const found = map?.findEntry(place.line - 1, place.column - 1);
      if (found === undefined || !('originalSource' in found)) continue;
      place = { file: found.originalSource, line: found.originalLine + 1, column: found.originalColumn + 1 };
    }
    if (!isOthers(place.file)) places.push(`${place.file}:${place.line}:${place.column}`);
    if (places.length === MOST_PLACES) break;
  }
  return places;
}

/** A function whose bundle has no map (a test, say) tells places as they are. */
function readMap(folder: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(join(folder, 'index.js.map'), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Name, message and cause of what was thrown, and where: one sentence, without its full stop. */
export function describeThrown(error: unknown): string {
  const places = placesOf(error);
  return `${sentence(error)}${places.length > 0 ? ` (at ${places.join(', from ')})` : ''}`;
}

function sentence(error: unknown): string {
  if (!(error instanceof Error)) return `it threw ${String(error)}, which is no Error`;
  const { name, message, cause } = error;
  const own = name === 'Error' || name === 'PermanentError' ? message : `${name}: ${message}`;
  const because = cause instanceof Error && !message.includes(cause.message) ? ` (${cause.message})` : '';
  return `${own.trim().replace(/\.$/, '')}${because}`;
}
