import { describeFinding, lint } from '../../lib/asl/lint';
import type { MapState, ParallelState, TaskState } from '../../lib/asl/types';
import { compile } from '../../lib/compiler';
import { append, bigint, cron, csv, definePipeline, lake, landedFiles, ndjson, sql, text } from '../../lib/pipeline';

const columns = { id: bigint(), city: text(20) };
const daily = (options: object = {}) =>
  compile(
    definePipeline({
      name: 'daily',
      trigger: cron('0 1 * * *', { timezone: 'Europe/Berlin' }),
      sources: {
        people: landedFiles({
          files: { '{yyyy}/{MM}/{dd}/people-*.csv': csv(), 'people/{yyyy}-{MM}-{dd}.ndjson': ndjson() },
          rangeMiB: 64,
          columns,
          ...options,
        }),
      },
      models: { cities: sql.text('SELECT id, city FROM people') },
      sinks: [lake({ model: 'cities', table: 'cities', write: append(), partitionBy: ['city'] })],
    }),
    { folder: __dirname },
  );
const branchOf = ({ definition }: Awaited<ReturnType<typeof daily>>) =>
  (definition.States.Extract as ParallelState).Branches[0]!;

test('files of intervals are planned, read by a Distributed Map from a document, and collected', async () => {
  const compiled = await daily();
  expect(lint(compiled.definition).map(describeFinding)).toEqual([]);
  const { StartAt, States } = branchOf(compiled);
  expect([StartAt, ...Object.keys(States)]).toEqual([
    'Plan people',
    'Plan people',
    'Files of people?',
    'No files of people',
    'Extract people',
    'Collect people',
  ]);
  expect((States['Plan people'] as TaskState).Arguments).toEqual({
    FunctionName: `\${ExtractFilesFunctionArn}`,
    Payload: {
      action: 'plan',
      run: '{% $run %}',
      source: {
        name: 'people',
        files: [
          { glob: '{yyyy}/{MM}/{dd}/people-*.csv', format: { kind: 'csv' } },
          { glob: 'people/{yyyy}-{MM}-{dd}.ndjson', format: { kind: 'ndjson' } },
        ],
        rangeBytes: 64 * 1024 * 1024,
        schedule: { cron: '0 1 * * *', timezone: 'Europe/Berlin' },
        intervalsBack: 0,
        optional: false,
        oneByOne: false,
      },
    },
  });
  const map = States['Extract people'] as MapState;
  expect(map.ItemReader?.Arguments).toEqual({ Bucket: `\${WorkBucketName}`, Key: '{% $states.input.document.key %}' });
  expect(map.ToleratedFailurePercentage).toBeUndefined();
  expect(map.ItemProcessor!.ProcessorConfig).toEqual({ Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' });
});

test('the function may list and read what its globs can mean, and no more', async () => {
  const { functions } = await daily();
  const paths = ['????/??/??/people-*', 'people/????-??-??.ndjson'];
  expect(functions.map(({ task }) => task)).toEqual(
    expect.arrayContaining(['admit-interval', 'extract-files', 'collect']),
  );
  const { environment, grants } = functions.find(({ task }) => task === 'extract-files')!;
  expect(environment).toEqual(['LANDING_BUCKET', 'WORK_BUCKET']);
  expect(grants).toEqual([
    { grant: 'readObjects', bucket: 'landing', paths },
    { grant: 'listObjects', bucket: 'landing', prefixes: paths },
    { grant: 'readObjects', bucket: 'work', paths: ['runs/daily/*/plans/*'] },
    { grant: 'writeObjects', bucket: 'work', paths: ['runs/daily/*', 'quarantine/daily/*'] },
  ]);
  expect(functions.find(({ task }) => task === 'report-failure')!.grants).toContainEqual({ grant: 'readChildren' });
});

test('where files may fail each is read alone, and a rerun plans those that are missing', async () => {
  const compiled = await daily({ tolerate: 0.05, intervalsBack: 1, optional: true });
  expect(lint(compiled.definition).map(describeFinding)).toEqual([]);
  const { StartAt, States } = branchOf(compiled);
  expect(StartAt).toBe('Rerun people?');
  const { Payload } = (States['Plan people'] as TaskState).Arguments as { Payload: { source: object; again: string } };
  expect(Payload.source).toMatchObject({ oneByOne: true, intervalsBack: 1, optional: true });
  expect(Payload.again).toBe("{% $exists($lookup($reused, 'people')) ? [$lookup($reused, 'people').failed] : null %}");
  expect((States['Extract people'] as MapState).ToleratedFailurePercentage).toContain(': 5 %}');
});
