/** After all tests: one line on those that this machine lacks a program for. They are skipped where they stand. */
import { spawnSync } from 'node:child_process';
import { findCassandra } from '../lib/local/cassandra/jars';
import { findSpark } from '../lib/local/services/emr-serverless/find-spark';
import { findChromium } from './console/chromium';
import { findOpenLineage } from './lambdas/lineage/client';
import { findMariadb } from './lambdas/tables/mariadb';
import { hasCfnLint, LEAST_CFN_LINT } from './stacks/cfn-lint';

const answers = (command: string, ...args: string[]) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

interface Part {
  readonly tests: string;
  /** the package that has it */
  readonly of: string;
  /** it is pip's, not Debian's */
  readonly byPip?: true;
  readonly isHere: () => boolean;
}

const PARTS: readonly Part[] = [
  { tests: 'MySQL sources', of: 'mariadb-server', isHere: () => findMariadb() !== undefined },
  { tests: 'psql', of: 'postgresql-client', isHere: () => answers('psql', '--version') },
  { tests: 'the AWS CLI', of: 'awscli', isHere: () => answers('aws', '--version') },
  { tests: 'functions in Python', of: 'python3', isHere: () => answers('python3', '--version') },
  { tests: 'boto3', of: 'python3-boto3', isHere: () => answers('python3', '-c', 'import boto3') },
  { tests: 'templates by cfn-lint', of: `cfn-lint ${LEAST_CFN_LINT} (pip)`, isHere: hasCfnLint },
  { tests: 'completion in zsh', of: 'zsh', isHere: () => answers('zsh', '-c', 'exit 0') },
  { tests: 'the console in a browser', of: 'chromium', isHere: () => findChromium() !== undefined },
  { tests: "OpenLineage's client", of: 'openlineage-python==1.54.0', byPip: true, isHere: findOpenLineage },
  {
    tests: 'Keyspaces on a real Cassandra',
    of: 'default-jre-headless maven (then npm run cassandra -- --fetch)',
    isHere: () => findCassandra() !== undefined,
  },
  { tests: 'models on Spark', of: 'pyspark==3.5.5', byPip: true, isHere: () => findSpark() !== undefined },
  { tests: 'completion in fish', of: 'fish', isHere: () => answers('fish', '-c', 'exit 0') },
];

/** Undefined where nothing is missing. */
export function leftOut(parts: typeof PARTS = PARTS): string | undefined {
  const missing = parts.filter(({ isHere }) => !isHere());
  if (missing.length === 0) return undefined;
  const tests = missing.map((one) => one.tests).join(', ');
  const packages = (byPip: boolean) =>
    missing.flatMap((one) => (Boolean(one.byPip) === byPip ? [one.of] : [])).join(' ');
  const debian = packages(false);
  const pip = packages(true);
  const ways = [
    ...(debian ? [`On Debian: apt-get install ${debian}`] : []),
    ...(pip ? [`By pip: pip install ${pip}`] : []),
  ];
  return `Left out, as their programs are not installed: tests of ${tests}. ${ways.join('. ')}`;
}
