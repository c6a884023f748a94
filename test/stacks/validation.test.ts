import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeAssemblies, synthesize } from './assembly';

afterAll(() => {
  process.exitCode = 0;
  removeAssemblies();
});

test("CloudFormation's own schemas and rules find nothing wrong with the templates", () => {
  process.env.CDK_VALIDATION = 'true';
  const { outdir } = synthesize();

  const report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8'));
  expect(report.pluginReports.flatMap(({ violations }: { violations: unknown[] }) => violations)).toEqual([]);
});
