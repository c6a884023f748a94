/** Clients of other languages, where they are installed; a test says in one line that it leaves them out. */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);

export const findAwsCli = () => find('aws', ['--version'], 'the AWS CLI');
export const findBoto3 = () => find('python3', ['-c', 'import boto3'], 'boto3');

function find(command: string, args: string[], what: string): boolean {
  const isFound = spawnSync(command, args, { stdio: 'ignore' }).status === 0;
  if (!isFound) process.stdout.write(`${what} is not installed: its tests are left out\n`);
  return isFound;
}

export function environment(endpoint: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_REGION: 'us-east-1',
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    AWS_PAGER: '',
    PYTHONWARNINGS: 'ignore',
  };
}

/** Its standard output; rejects with its standard error. */
export async function run(endpoint: string, command: string, ...args: string[]): Promise<string> {
  const { stdout } = await execFileAsync(command, args, { env: environment(endpoint), maxBuffer: 1 << 26 });
  return stdout;
}
