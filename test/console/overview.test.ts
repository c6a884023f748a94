import {
  append,
  csv,
  decimal,
  definePipeline,
  key,
  lake,
  landedFiles,
  quarantine,
  s3Arrival,
  sql,
  text,
} from '../../lib/pipeline';
import { type PipelinesCloud, startPipelines } from '../e2e/pipelines-cloud';
import { axeFindings, describeInBrowser, type OpenedConsole, openConsole } from './browser';

jest.setTimeout(120_000);

const parcels = definePipeline({
  name: 'parcels',
  trigger: s3Arrival('parcels/*.csv'),
  sources: {
    lines: landedFiles({
      glob: 'parcels/*.csv',
      format: csv(),
      columns: { id: key.bigint(), place: text(20), price: decimal(10, 2) },
      onBadRow: quarantine({ maxRate: 0.5 }),
    }),
  },
  models: { rows: sql.text('select id, place, price from lines') },
  sinks: [lake({ model: 'rows', table: 'parcels', write: append(), partitionBy: ['place'] })],
});

describeInBrowser('the overview', () => {
  let cloud: PipelinesCloud;
  let opened: OpenedConsole;

  beforeAll(async () => {
    cloud = await startPipelines([parcels]);
    opened = await openConsole(cloud.cloud);
  });
  afterAll(async () => {
    await opened?.close();
    await cloud?.stop();
  });

  test('shows a run that starts, and how it ends, without reloading', async () => {
    const { page, faults } = opened;
    await page.getByRole('rowheader', { name: 'parcels' }).waitFor();

    await cloud.drop('parcels', 'parcels/one.csv', 'id,place,price\n1,Oslo,2.50\n2,Bergen,x\n3,Bergen,4\n');

    await page.getByRole('row', { name: /parcels.*succeeded.*2/ }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    expect(faults).toEqual([]);
  });
});
