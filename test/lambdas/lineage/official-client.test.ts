import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { endEvents, startEvents } from '../../../lambdas/lineage/events';
import type { RunEvent } from '../../../lambdas/lineage/run-event';
import { compileTogether } from '../../../lib/compiler';
import { compatiblePipelines } from '../../../lib/operate/pipelines';
import { findOpenLineage, PYTHON_ENVIRONMENT } from './client';
import { detailOf, factsOf, NOTHING, SURROUNDINGS } from './told';

const check = (events: readonly object[]): string[] => {
  const { stdout, stderr } = spawnSync('python3', [join(__dirname, 'official_client.py')], {
    input: events.map((event) => JSON.stringify(event)).join('\n'),
    encoding: 'utf8',
    env: PYTHON_ENVIRONMENT,
  });
  return `${stdout}${stderr}`.trim().split('\n');
};

(findOpenLineage() ? describe : describe.skip)("read by OpenLineage's own client", () => {
  let events: RunEvent[];
  beforeAll(async () => {
    const pipelines = await compileTogether(await compatiblePipelines());
    events = pipelines.flatMap((pipeline) => {
      const told = (status: Parameters<typeof detailOf>[1]) => ({
        document: { version: '1.2.3', plan: pipeline.lineage, options: { namespace: 'stepwell' } },
        surroundings: SURROUNDINGS,
        detail: detailOf(pipeline.name, status),
      });
      return [
        ...startEvents(told('RUNNING')),
        ...endEvents(told('SUCCEEDED'), factsOf(pipeline)),
        ...endEvents(told('FAILED'), NOTHING),
        ...endEvents(told('ABORTED'), NOTHING),
      ];
    });
  });

  test('each event of each sample pipeline is as its schemas say', () => {
    expect(check(events)).toEqual([`${events.length} events`]);
  });

  test('what is not is found', () => {
    const [event] = events;
    const { processing_engine } = event!.run.facets;
    const wrong = {
      ...event,
      eventType: 'BEGUN',
      run: {
        ...event!.run,
        facets: { processing_engine: { ...processing_engine, version: 1, vendor: 'x' }, nominalTime: NO_TIME },
      },
    };

    expect(check([wrong]).map((line) => line.replace(/^\w+ /, ''))).toEqual([
      'events',
      'eventType: BEGUN',
      'run.nominalTime: nominalStartTime is missing',
      'run.processing_engine.version: 1 is no str',
      'run.processing_engine: vendor is unknown',
    ]);
  });
});

const NO_TIME = {
  _producer: 'urn:stepwell:1.2.3',
  _schemaURL: 'https://openlineage.io/spec/facets/1-0-1/NominalTimeRunFacet.json#/$defs/NominalTimeRunFacet',
};
