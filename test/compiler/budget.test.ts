import { join } from 'node:path';
import { compile } from '../../lib/compiler';
import { PROJECT_ROOT } from '../../lib/constructs/cache';
import { definePipeline } from '../../lib/pipeline';
import weather from '../../state-machines/weather/pipeline';

const folder = join(PROJECT_ROOT, 'state-machines/weather');
const { validated: _, ...definition } = weather;

test('a budget has a function of its own, which knows what state transitions go with each invocation', async () => {
  const compiled = await compile(definePipeline({ ...definition, budget: { monthly: 20 } } as never), { folder });

  const { transitions = {}, monthly } = compiled.budget ?? {};
  expect(monthly).toBe(20);
  // a child execution: the task, the question whether there is more, and the end
  expect(transitions.ExtractHttp).toBeGreaterThan(1);
  expect(transitions.Record).toBeGreaterThanOrEqual(1);
  expect(transitions).not.toHaveProperty('ReportFailure');
  expect(compiled.functions.find(({ task }) => task === 'watch-budget')?.grants).toEqual([
    { grant: 'readLogs' },
    { grant: 'ledger', keys: ['pipeline#weather', 'alert#weather'] },
    { grant: 'publishAlerts' },
  ]);
});

test('without one there is no such function', async () => {
  const compiled = await compile(weather, { folder });

  expect(compiled.budget).toBeUndefined();
  expect(compiled.functions.map(({ task }) => task)).not.toContain('watch-budget');
});
