/** Apache Cassandra's own jars, and a Java that runs them. Nothing is downloaded here but by `fetchJars`. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const CASSANDRA_VERSION = '5.0.5';
/** Those that Cassandra 5.0 runs on. */
const JAVAS = [11, 17];

export interface Installation {
  /** the program */
  readonly java: string;
  /** folder */
  readonly jars: string;
}

const folder = (): string =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'stepwell-ci', `cassandra-${CASSANDRA_VERSION}`);

/** Undefined where Java or the jars are missing. */
export function findCassandra(): Installation | undefined {
  const java = findJava();
  const jars = folder();
  return java !== undefined && existsSync(jars) && readdirSync(jars).some((name) => name.startsWith('cassandra-all-'))
    ? { java, jars }
    : undefined;
}

export function findJava(): string | undefined {
  const { JAVA_HOME } = process.env;
  const candidates = [...(JAVA_HOME ? [join(JAVA_HOME, 'bin', 'java')] : []), 'java'];
  return candidates.find((java) => JAVAS.includes(majorOf(java) ?? 0));
}

function majorOf(java: string): number | undefined {
  const { stderr, status } = spawnSync(java, ['-version'], { encoding: 'utf8' });
  const [, major] = /version "(\d+)/.exec(status === 0 ? stderr : '') ?? [];
  return major === undefined ? undefined : Number(major);
}

const DOWNLOAD_MS = 300_000;

/**
 * Downloads the jars from Maven Central, once, with Maven.
 *
 * @throws {Error} that says what is missing
 */
export function fetchJars(say: (line: string) => void): Installation {
  const java = findJava();
  if (java === undefined)
    throw new Error(
      `Cassandra ${CASSANDRA_VERSION} runs on Java ${JAVAS.join(' or ')}. On Debian: apt-get install default-jre-headless.`,
    );
  const found = findCassandra();
  if (found) return found;
  if (spawnSync('mvn', ['--version']).status !== 0)
    throw new Error("Cassandra's jars are downloaded by Maven. On Debian: apt-get install maven.");
  say(`Downloading Cassandra ${CASSANDRA_VERSION} (66 MB) …`);
  const jars = folder();
  mkdirSync(join(jars, '..'), { recursive: true });
  const work = mkdtempSync(`${jars}-`);
  try {
    writeFileSync(join(work, 'pom.xml'), POM);
    const { status, stdout } = spawnSync(
      'mvn',
      [
        '-q',
        '-B',
        '-f',
        join(work, 'pom.xml'),
        'dependency:copy-dependencies',
        '-DincludeScope=runtime',
        `-DoutputDirectory=${join(work, 'jars')}`,
      ],
      { encoding: 'utf8', timeout: DOWNLOAD_MS },
    );
    if (status !== 0)
      throw new Error(`Maven could not download Cassandra: ${stdout.slice(-1000) || 'it took too long'}`);
    rmSync(jars, { recursive: true, force: true });
    // All of them, or none.
    renameSync(join(work, 'jars'), jars);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return { java, jars };
}

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>stepwell</groupId><artifactId>cassandra</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>org.apache.cassandra</groupId><artifactId>cassandra-all</artifactId><version>${CASSANDRA_VERSION}</version>
  </dependency></dependencies>
</project>
`;
