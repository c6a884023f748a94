/** Where a Spark is on this machine: SPARK_HOME, spark-submit in PATH, or the one that pip has put beside a Python. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

export interface Spark {
  readonly submit: string;
  /** absent: the launcher knows its own */
  readonly home?: string;
  /** the Python that runs PySpark's drivers and workers */
  readonly python?: string;
}

export const INSTALL_SPARK =
  'pip install pyspark==3.5.5, and install Java 17 (on Debian: apt-get install openjdk-17-jre-headless)';
export const NO_SPARK = `No Spark is installed on this machine to run the job: ${INSTALL_SPARK}; then start the run again.`;

const PYTHONS = ['python3', 'python'];

/** Undefined where there is none, or no Java. */
export function findSpark(environment: NodeJS.ProcessEnv = process.env): Spark | undefined {
  if (!hasJava(environment)) return undefined;
  const { SPARK_HOME } = environment;
  const python = environment.PYSPARK_PYTHON;
  const own = python === undefined ? {} : { python };
  if (SPARK_HOME && existsSync(join(SPARK_HOME, 'bin/spark-submit'))) {
    return { submit: join(SPARK_HOME, 'bin/spark-submit'), home: SPARK_HOME, ...pythonBeside(SPARK_HOME), ...own };
  }
  const inPath = (environment.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'spark-submit'))
    .find((file) => existsSync(file));
  // pip's launcher looks for a package of whichever Python is the first in PATH.
  const beside = inPath === undefined ? undefined : join(dirname(inPath), 'python3');
  for (const candidate of [...(python ? [python] : []), ...(beside ? [beside] : []), ...PYTHONS]) {
    const home = packageOf(candidate, environment);
    if (home !== undefined) return { submit: join(home, 'bin/spark-submit'), home, python: candidate };
  }
  return inPath === undefined ? undefined : { submit: inPath, ...own };
}

const hasJava = ({ JAVA_HOME, PATH }: NodeJS.ProcessEnv): boolean =>
  (JAVA_HOME !== undefined && existsSync(join(JAVA_HOME, 'bin/java'))) ||
  (PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'java')));

/** `…/venv/lib/python3.11/site-packages/pyspark` belongs to `…/venv/bin/python3`. */
function pythonBeside(home: string): Pick<Spark, 'python'> {
  const python = join(home, '../../../../bin/python3');
  return existsSync(python) && existsSync(join(home, '__init__.py')) ? { python } : {};
}

function packageOf(python: string, env: NodeJS.ProcessEnv): string | undefined {
  const code =
    "import importlib.util as u; s = u.find_spec('pyspark'); print(s.submodule_search_locations[0] if s else '')";
  const { status, stdout } = spawnSync(python, ['-c', code], { env, encoding: 'utf8', timeout: 20_000 });
  const home = status === 0 ? stdout.trim() : '';
  return home !== '' && existsSync(join(home, 'bin/spark-submit')) ? home : undefined;
}
