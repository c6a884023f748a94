import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { aslText } from '../../lib/cli/compile';
import { compile } from '../../lib/compiler';
import type { Pipeline } from '../../lib/pipeline';

const ROOT = path.join(__dirname, '../../state-machines');
const names = readdirSync(ROOT).filter((name) => existsSync(path.join(ROOT, name, 'pipeline.ts')));

test.each(names)('The committed state machine of %s is what the compiler makes of its pipeline', async (name) => {
  const folder = path.join(ROOT, name);
  const { default: pipeline } = (await import(path.join(folder, 'pipeline'))) as { default: Pipeline };

  const { definition } = await compile(pipeline, { folder });

  expect(readFileSync(path.join(folder, 'state-machine.asl.json'), 'utf8')).toBe(aslText(definition));
});
