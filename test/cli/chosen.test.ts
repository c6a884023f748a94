import { chosenPipelines } from '../../lib/cli/chosen';
import type { PipelineFolder } from '../../lib/operate/pipelines';
import { kinesis, merge, postgres } from '../../lib/pipeline';

const table = postgres({ model: 'm', table: 'a.b', write: merge('id') });
const folder = (name: string, more: object): PipelineFolder => ({
  folder: name,
  pipeline: { name, sinks: [table], ...more } as never,
});
const ALL = [
  folder('feed', { sinks: [table, kinesis({ model: 'm', stream: 'users', partitionBy: 'id' })] }),
  folder('orders', {}),
  folder('users', { stream: { trigger: { stream: 'users' } } }),
];

test.each([
  [{ once: false, pipelines: [] }, ['feed', 'orders', 'users']],
  [{ once: true, pipelines: [] }, ['orders']],
  [{ once: true, pipelines: ['users'] }, ['feed', 'users']],
  [{ once: true, pipelines: ['feed'] }, ['feed']],
  [{ once: false, pipelines: ['orders'] }, ['orders']],
])('%j runs %j', (options, names) => {
  expect(chosenPipelines(ALL, options).map(({ pipeline }) => pipeline.name)).toEqual(names);
});
