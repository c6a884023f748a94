/** Clients of other languages, where they are installed; `test/left-out.ts` says where they are not. */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);

export const findAwsCli = () => find('aws', ['--version']);
export const findBoto3 = () => find('python3', ['-c', 'import boto3']);

const find = (command: string, args: string[]): boolean => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

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
