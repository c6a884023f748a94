/** A pipeline whose runs can be partial: how its state machine passes by what an earlier run has extracted. */
import type { MapState, ParallelState, TaskState } from '../../lib/asl/types';
import { compile } from '../../lib/compiler';
import {
  bigint,
  cron,
  definePipeline,
  dynamoDb,
  httpApi,
  key,
  perSecond,
  postgres,
  replace,
  sql,
  text,
} from '../../lib/pipeline';

const columns = { id: key.text(8).from('partition.id'), seen_at: bigint().from('dt'), name: text(20) };
const api = (more: object = {}) =>
  httpApi({
    url: 'https://api.example.com/now',
    partitions: [{ id: 'oslo' }, { id: 'rome' }],
    tolerate: 0.5,
    columns,
    ...more,
  } as Parameters<typeof httpApi>[0]);

const pipeline = (cities: ReturnType<typeof api>) =>
  definePipeline({
    name: 'cities',
    trigger: cron('0 * * * *'),
    sources: { cities, names: dynamoDb({ table: 'names', columns: { id: key.text(8), name: text(20) } }) },
    models: { named: sql.text('SELECT c.id, n.name FROM cities c JOIN names n ON c.id = n.id') },
    sinks: [postgres({ model: 'named', table: 'shop.named', write: replace() })],
  });
const compiled = (cities = api()) => compile(pipeline(cities), { folder: __dirname });
const digests = async (cities = api()) => {
  const admit = (await compiled(cities)).definition.States.Admit as TaskState;
  return (admit.Arguments as { Payload: { sources: Record<string, string> } }).Payload.sources;
};
const branches = async () => ((await compiled()).definition.States.Extract as ParallelState).Branches;

test('a source that lacks partitions goes through those alone, one that lacks none is not asked again', async () => {
  const [cities, names] = await branches();
  const reused = "$lookup($reused, 'cities')";
  expect(cities!.StartAt).toBe('Rerun cities?');
  expect(cities!.States['Rerun cities?']).toEqual({
    Type: 'Choice',
    Comment: 'By the run that this one is a rerun of',
    Choices: [
      {
        Condition: `{% $count(${reused}.failed) > 0 %}`,
        Output: { partitions: `{% [${reused}.failed] %}` },
        Next: 'Extract cities',
      },
      { Condition: `{% $exists(${reused}) %}`, Next: 'Keep cities' },
    ],
    Default: 'Plan cities',
  });
  expect(names!.States['Rerun names?']).toMatchObject({
    Choices: [{ Condition: "{% $exists($lookup($reused, 'names')) %}", Next: 'Keep names' }],
    Default: 'Plan names',
  });
});

test('what may fail is a share of the source, also where only its missing partitions are gone through', async () => {
  const [cities] = await branches();
  const map = cities!.States['Extract cities'] as MapState;
  expect(map.ToleratedFailurePercentage).toBe("{% $exists($lookup($reused, 'cities')) ? 99.999 : 50 %}");
  expect(map.ItemSelector).toMatchObject({
    partitions:
      "{% $count($states.input.partitions) + ($exists($lookup($reused, 'cities')) ? $lookup($reused, 'cities').kept.partitions : 0) %}",
  });
});

test('there is nothing of this where no partition may fail', async () => {
  const strict = await compiled(api({ tolerate: undefined }));
  expect(JSON.stringify(strict.definition)).not.toContain('$reused');
});

test('rows of another definition are not mixed in; how a source is asked, and by whom, may change', async () => {
  const before = await digests();
  expect(await digests(api({ rateLimit: perSecond(3), concurrency: 2, retry: { attempts: 9 } }))).toEqual(before);
  for (const change of [
    { url: 'https://api.example.com/then' },
    { query: { units: 'metric' } },
    { columns: { ...columns, wind: text(5) } },
    { columns: { ...columns, seen_at: bigint().from('time') } },
    { columns: { ...columns, name: text(20).pii('mask') } },
  ]) {
    const after = await digests(api(change));
    expect(after.cities).not.toBe(before.cities);
    expect(after.names).toBe(before.names);
  }
});
