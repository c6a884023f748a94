/** Which program runs the functions of a runtime, and how it finds their packages. */
import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { UnsupportedRuntime } from './errors';
import type { FunctionSpec } from './function';

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

const execute = promisify(execFile);

/** @throws {UnsupportedRuntime} */
export async function launchOf(spec: FunctionSpec): Promise<Launch> {
  const packages = (own = '') => [...spec.packageFolders, own].filter(Boolean).join(delimiter);
  if (/^nodejs\d/.test(spec.runtime))
    return {
      command: process.execPath,
      args: [...nodeFlags(spec), join(__dirname, 'bootstrap.js')],
      environment: { NODE_PATH: packages(spec.environment.NODE_PATH) },
    };
  if (/^python3\./.test(spec.runtime))
    return {
      command: await pythonFor(spec),
      // Unbuffered: what it has printed is in the log, however it ends.
      args: ['-u', join(__dirname, 'bootstrap.py')],
      // Beside the handler its compiled code would be one more change of the bundle.
      environment: { PYTHONPATH: packages(spec.environment.PYTHONPATH), PYTHONDONTWRITEBYTECODE: '1' },
    };
  throw new UnsupportedRuntime(
    `The local cloud runs Node.js and Python functions; ${spec.name} has the runtime ${spec.runtime}.`,
  );
}

/** Where the packages of a layer lie in it: https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html */
export function layerFolders(runtime: string): string[] {
  const major = /^nodejs(\d+)/.exec(runtime)?.[1];
  return runtime.startsWith('python')
    ? ['python', `python/lib/${runtime}/site-packages`]
    : ['nodejs/node_modules', `nodejs/node${major}/node_modules`];
}

/** Node.js flags as AWS sizes them, so that a heap too small there is too small here. */
function nodeFlags(spec: FunctionSpec): string[] {
  return [`--max-old-space-size=${Math.max(64, Math.floor(spec.memoryMb * 0.9))}`];
}

const pythons = new Map<string, Promise<string | undefined>>();

/** The runtime's own version where it is installed, else any Python 3: as Node.js functions, too, run on the Node.js that is here. */
async function pythonFor({ name, runtime }: FunctionSpec): Promise<string> {
  const found = pythons.get(runtime) ?? firstPython([runtime, 'python3', 'python']);
  pythons.set(runtime, found);
  const python = await found;
  if (python !== undefined) return python;
  // Somebody may install one meanwhile.
  pythons.delete(runtime);
  throw new UnsupportedRuntime(
    `${name} has the runtime ${runtime}, and no Python 3 is on the PATH: install one, e.g. from https://www.python.org/downloads/.`,
  );
}

async function firstPython(names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    try {
      // Itself, not a script that starts one by what the developer's home folder says: functions do not get to know that folder.
      const { stdout } = await execute(name, [
        '-c',
        'import sys; print(sys.executable if sys.version_info >= (3, 9) else "")',
      ]);
      if (stdout.trim() !== '') return stdout.trim();
    } catch {
      // not this one
    }
  }
  return undefined;
}
