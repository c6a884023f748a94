/** Where the user's own code threw, in its own files and lines: what runs is one minified file. */
import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapping } from 'node:module';
import { join } from 'node:path';

const MOST_PLACES = 5;
const FRAME = /^\s+at (?:async )?(?:.*? \()?(?:file:\/\/)?(.+?):(\d+):(\d+)\)?$/;
/** What is not the user's: packages, and what runs the user's code. */
const OTHERS = /(?:^|[\\/])node_modules[\\/]|^(?:lambdas|lib)[\\/]|^node:/;
/** Where this file is not part of a bundle. */
const HANDLERS = join(__dirname, '..', '..');

/** `state-machines/fx/rates.ts:12:9`, the innermost first. */
export function placesOf(error: unknown, folder = __dirname): string[] {
  const stack = error instanceof Error ? error.stack : undefined;
  if (stack === undefined) return [];
  const map = readMap(folder);
  const places: string[] = [];
  for (const line of stack.split('\n')) {
    const [, file, row, column] = FRAME.exec(line) ?? [];
    if (file === undefined) continue;
    const place = map
      ? mapped(map, file === join(folder, 'index.js'), Number(row), Number(column))
      : `${file}:${row}:${column}`;
    if (place === undefined || OTHERS.test(place) || place.startsWith(HANDLERS)) continue;
    places.push(place);
    if (places.length === MOST_PLACES) break;
  }
  return places;
}

/** Everything but Node itself and Lambda's runtime is in the one file of the bundle. */
function mapped(map: SourceMap, isBundle: boolean, row: number, column: number): string | undefined {
  if (!isBundle) return undefined;
  // Empty where the map has nothing to say.
  const found: Partial<SourceMapping> = map.findEntry(row - 1, column - 1);
  if (found.originalSource === undefined || found.originalLine === undefined || found.originalColumn === undefined)
    return undefined;
  return `${found.originalSource}:${found.originalLine + 1}:${found.originalColumn + 1}`;
}

/** A function whose bundle has no map (a test, say) tells places as they are. */
function readMap(folder: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(join(folder, 'index.js.map'), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Name, message and cause of what was thrown, or other `words` for them, and where: one sentence, without its full stop. */
export function describeThrown(error: unknown, words = sentence(error)): string {
  const places = placesOf(error);
  return `${words}${places.length > 0 ? ` (at ${places.join(', from ')})` : ''}`;
}

function sentence(error: unknown): string {
  if (!(error instanceof Error)) return `it threw ${String(error)}, which is no Error`;
  const { name, message, cause } = error;
  const own = name === 'Error' || name === 'PermanentError' ? message : `${name}: ${message}`;
  const because = cause instanceof Error && !message.includes(cause.message) ? ` (${cause.message})` : '';
  return `${own.trim().replace(/\.$/, '')}${because}`;
}
