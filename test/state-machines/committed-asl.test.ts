import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { aslText } from '../../lib/cli/compile';
import { type CompiledPipeline, compileTogether, contractsOf, isCurrentContract } from '../../lib/compiler';
import type { Pipeline } from '../../lib/pipeline';

const ROOT = path.join(__dirname, '../../state-machines');
const names = readdirSync(ROOT).filter((name) => existsSync(path.join(ROOT, name, 'pipeline.ts')));

let placed: { readonly folder: string; readonly pipeline: Pipeline }[];
let compiled: readonly CompiledPipeline[];
beforeAll(async () => {
  placed = await Promise.all(
    names.map(async (name) => {
      const folder = path.join(ROOT, name);
      const { default: pipeline } = (await import(path.join(folder, 'pipeline'))) as { default: Pipeline };
      return { folder, pipeline };
    }),
  );
  compiled = await compileTogether(placed);
});

test.each(names)('The committed state machine of %s is what the compiler makes of its pipeline', (name) => {
  const { definition } = compiled[names.indexOf(name)]!;

  expect(readFileSync(path.join(ROOT, name, 'state-machine.asl.json'), 'utf8')).toBe(aslText(definition));
});

test('The committed contracts of streams are what the compiler makes of their columns', async () => {
  const contracts = await contractsOf(placed);

  const current = await Promise.all(placed.map((one) => isCurrentContract(one, contracts)));
  expect(names.filter((_, index) => !current[index])).toEqual([]);
});
