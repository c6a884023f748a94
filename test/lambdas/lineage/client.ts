import { spawnSync } from 'node:child_process';

/** Where CI has it: what it brings along is not for others. */
const { OPENLINEAGE_CLIENT } = process.env;

export const PYTHON_ENVIRONMENT = {
  ...process.env,
  ...(OPENLINEAGE_CLIENT ? { PYTHONPATH: OPENLINEAGE_CLIENT } : {}),
};

/** OpenLineage's own client for Python. */
export const findOpenLineage = (): boolean =>
  spawnSync('python3', ['-c', 'import openlineage.client.generated'], { stdio: 'ignore', env: PYTHON_ENVIRONMENT })
    .status === 0;
