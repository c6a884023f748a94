/** How long projects of many pipelines take to synthesize, and how large their templates are. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileTogether } from '../../lib/compiler';
import { appOf } from '../../lib/stacks/app';
import { manyPipelines } from '../fixtures/many-pipelines';

export interface SynthResult {
  readonly pipelines: number;
  readonly compileSeconds: number;
  readonly synthSeconds: number;
  readonly perPipelineMs: number;
  readonly foundationKb: number;
  readonly largestKb: number;
  readonly mostResources: number;
  readonly allMb: number;
}

/** The first is measured twice: what is loaded and bundled once is no pipeline's. */
export async function measureSynth(sizes: readonly number[]): Promise<SynthResult[]> {
  process.env.CDK_VALIDATION = 'false';
  await measure(sizes[0]!);
  const results: SynthResult[] = [];
  for (const size of sizes) results.push(await measure(size));
  return results;
}

async function measure(count: number): Promise<SynthResult> {
  const folder = mkdtempSync(join(tmpdir(), 'stepwell-many-'));
  try {
    const began = performance.now();
    const compiled = await compileTogether(manyPipelines(count).map((pipeline) => ({ pipeline, folder })));
    const compileSeconds = (performance.now() - began) / 1000;
    const { stacks } = appOf(compiled, { outdir: join(folder, 'cdk.out') }).synth();
    const seconds = (performance.now() - began) / 1000;
    const templates = stacks.map(({ stackName, templateFullPath, template }) => ({
      stackName,
      bytes: readFileSync(templateFullPath).length,
      resources: Object.keys(template.Resources).length,
    }));
    const bytes = templates.map((one) => one.bytes);
    return {
      pipelines: count,
      compileSeconds,
      synthSeconds: seconds - compileSeconds,
      perPipelineMs: (seconds / count) * 1000,
      foundationKb: templates.find(({ stackName }) => stackName === 'Stepwell-Foundation')!.bytes / 1024,
      largestKb: Math.max(...bytes) / 1024,
      mostResources: Math.max(...templates.map(({ resources }) => resources)),
      allMb: bytes.reduce((sum, one) => sum + one, 0) / 1024 ** 2,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
