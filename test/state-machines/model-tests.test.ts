/** Runs the tests that pipelines bring along: `<model>.test.yaml` beside the SQL. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileLines } from '../../lib/cli/test';
import { hasPassed, testModels } from '../../lib/model-tests';
import type { Pipeline } from '../../lib/pipeline';

const ROOT = path.join(__dirname, '../../state-machines');
const names = readdirSync(ROOT).filter((name) => existsSync(path.join(ROOT, name, 'pipeline.ts')));

test.each(names)('The models of %s pass their tests', async (name) => {
  const folder = path.join(ROOT, name);
  const { default: pipeline } = (await import(path.join(folder, 'pipeline'))) as { default: Pipeline };

  const { files } = await testModels(pipeline, { folder });

  const failed = files.filter(({ mistakes, outcomes }) => mistakes.length > 0 || !outcomes.every(hasPassed));
  expect(failed.flatMap(fileLines).join('\n')).toBe('');
});
