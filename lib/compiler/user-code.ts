/** The user's own TypeScript: that each file is there, can be bundled, and exports what it is for. Its types are the editor's matter. */
import path from 'node:path';
import { build, type Message } from 'esbuild';
import { type Problem, show } from '../pipeline/errors';
import type { Pipeline } from '../pipeline/types';

export interface UserCodeFiles {
  /** absolute paths, by the source or model that each is for */
  readonly files: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
}

interface Wanted {
  readonly of: string;
  /** in the definition */
  readonly field: string;
  readonly file: string;
  /** what its default export is, as a person would say */
  readonly is: string;
  readonly example: string;
  /** whether partitions are declared, so that a `plan` would go unheard */
  readonly hasPartitions?: boolean;
}

export async function readUserCode(pipeline: Pipeline, folder: string): Promise<UserCodeFiles> {
  const wanted = wantedBy(pipeline);
  const files = new Map(wanted.map(({ of, file }) => [of, path.resolve(folder, file)]));
  const problems = await Promise.all(wanted.map((one) => problemsOf(one, files.get(one.of)!, folder)));
  return { files, problems: problems.flat() };
}

const wantedBy = (pipeline: Pipeline): Wanted[] => [...extractorsOf(pipeline), ...rowFunctionsOf(pipeline)];

const rowFunctionsOf = ({ models }: Pipeline): Wanted[] =>
  Object.entries(models).flatMap(([of, model]) => {
    if (model.kind !== 'rowFunction') return [];
    const example = 'export default (row) => ({ … });';
    return [{ of, field: `models.${of}`, file: model.file, is: 'a function of a row', example }];
  });

const extractorsOf = ({ sources }: Pipeline): Wanted[] =>
  Object.entries(sources).flatMap(([of, source]) => {
    if (source.kind !== 'custom' || source.config.kind !== 'custom') return [];
    return [
      {
        of,
        field: `sources.${of}`,
        file: source.config.file,
        is: 'an extractor',
        example: 'export default async function* (context) { yield { … }; }',
        hasPartitions: source.partitions !== undefined,
      },
    ];
  });

async function problemsOf(wanted: Wanted, absolute: string, folder: string): Promise<Problem[]> {
  const { field, file, is, example, hasPartitions } = wanted;
  const at = { field: `${field} (${file})` };
  try {
    const { metafile } = await build({
      entryPoints: [absolute],
      absWorkingDir: folder,
      bundle: true,
      write: false,
      outdir: folder,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      metafile: true,
      logLevel: 'silent',
      // The bundle of the function finds out; here they would only cost time.
      external: ['@aws-sdk/*', '@duckdb/*'],
      // The function's bundle is CommonJS.
      supported: { 'top-level-await': false },
    });
    const exported = Object.values(metafile.outputs).flatMap((output) => (output.entryPoint ? output.exports : []));
    if (!exported.includes('default')) {
      const remedy = exported.length > 0 ? `It exports ${exported.join(', ')}. ` : '';
      return [
        { ...at, rule: `the file's default export is ${is}, and it has none`, remedy: `${remedy}Write ${example}.` },
      ];
    }
    if (hasPartitions && exported.includes('plan')) {
      const rule = 'its partitions are declared, and the file exports a plan of others';
      return [{ ...at, rule, remedy: 'Remove partitions from the source, or plan from the file.' }];
    }
    return [];
  } catch (error) {
    const { errors } = error as { errors?: readonly Message[] };
    if (errors === undefined) throw error;
    return errors.map((message) => problemOf(message, wanted, absolute, folder));
  }
}

const MISSING = /^Could not (?:resolve|read from file:?)/;

function problemOf({ text, location }: Message, { field, file }: Wanted, absolute: string, folder: string): Problem {
  if (location === null && MISSING.test(text)) {
    const shown = path.relative(process.cwd(), folder) || '.';
    return {
      field,
      value: show(file),
      rule: `there is no such file in ${shown}`,
      remedy: 'Create it, or correct its name.',
    };
  }
  const place = location
    ? `${path.relative(folder, path.resolve(folder, location.file))}:${location.line}:${location.column + 1}`
    : path.relative(folder, absolute);
  const remedy = MISSING.test(text) ? 'Install the package, or correct its name.' : 'Correct it.';
  return {
    field: `${field} (${place})`,
    rule: lowerFirst(text),
    remedy,
    ...(location?.lineText ? { excerpt: `${location.lineText}\n${' '.repeat(location.column)}^` } : {}),
  };
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
