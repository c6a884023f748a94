import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { Interrupted, Refused, UserError } from '../operate/errors';
import { PROJECT_ROOT, pipelineFolders } from '../operate/pipelines';
import { count } from '../operate/text';
import { printer } from './printer';
import { table } from './terminal';

export const ASSEMBLY = path.join(PROJECT_ROOT, 'cdk.out');

/**
 * The CDK app in a process of its own, as `cdk synth` runs it; its templates go to `outdir`.
 *
 * @throws {UserError} with what the app says is wrong
 */
export function synthesize(outdir: string, signal?: AbortSignal): Promise<void> {
  requireWritable(outdir);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [require.resolve('tsx/cli'), path.join(PROJECT_ROOT, 'bin', 'app.ts')], {
      cwd: PROJECT_ROOT,
      // The schemas of CloudFormation are checked by `cdk synth`; here their 3 s would be waited for at each start.
      env: {
        ...process.env,
        CDK_OUTDIR: path.resolve(outdir),
        CDK_VALIDATION: 'false',
        // The local cloud has one environment, which has no name, whichever cdk.json takes as the usual one.
        CDK_CONTEXT_JSON: '{"stepwell:env":""}',
        JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION: '1',
        JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION: '1',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const stop = () => child.kill('SIGTERM');
    signal?.addEventListener('abort', stop);
    child.once('error', reject);
    child.once('close', (code) => {
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted) reject(new Interrupted());
      else if (code === 0) resolve();
      else reject(new UserError(said.trim() || `The stacks could not be synthesized (exit code ${code}).`));
    });
  });
}

/** `stepwell synth`: as `cdk synth`, without its check against CloudFormation's schemas. */
export async function synth({ json, output = ASSEMBLY }: { json: boolean; output?: string }): Promise<void> {
  await pipelineFolders();
  await synthesize(output);
  const templates = readdirSync(output)
    .filter((name) => name.endsWith('.template.json'))
    .map((name) => ({
      stack: name.replace('.template.json', ''),
      file: path.join(path.resolve(output), name),
      bytes: statSync(path.join(output, name)).size,
    }));
  printer({ json }).print(templates, () =>
    table(
      ['Stack', 'Bytes', 'Template'],
      templates.map(({ stack, bytes, file }) => [stack, count(bytes), path.relative(process.cwd(), file)]),
      { right: [1] },
    ),
  );
}

/** Before minutes are spent on what cannot be kept: the folder, or the one that it will be made in. */
export function requireWritable(folder: string): void {
  let existing = path.resolve(folder);
  while (!existsSync(existing)) existing = path.dirname(existing);
  if (!statSync(existing).isDirectory())
    throw new Refused(`${path.resolve(folder)} cannot be a folder: ${existing} is a file. Choose another.`);
  accessSync(existing, constants.W_OK);
}
