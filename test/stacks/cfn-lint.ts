import { spawnSync } from 'node:child_process';

/** Older ones know fewer properties than the CDK does. */
export const LEAST_CFN_LINT = '1.58.0';

export function hasCfnLint(): boolean {
  const { stdout, status } = spawnSync('cfn-lint', ['--version'], { encoding: 'utf8' });
  return (
    status === 0 &&
    (stdout.match(/\d+\.\d+\.\d+/)?.[0] ?? '0').localeCompare(LEAST_CFN_LINT, 'en', { numeric: true }) >= 0
  );
}
