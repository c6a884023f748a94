/**
 * The events of a run. The run itself is one job, as a DAG of Airflow is. Each table that it publishes is a job of its own under that,
 * as only so it shows which sources a table is made of; and the checks are one, which read the tables that they look at.
 */
import { backfillOf } from '../../lib/tasks/backfill';
import type { CheckResult } from '../../lib/tasks/check';
import type { LineageDocument, LineageTable } from '../../lib/tasks/lineage';
import { checked } from './checked';
import { inputsOf, tableDataset } from './datasets';
import { type Surroundings, uuidOf } from './names';
import { type Facets, facetsOf, producerOf, type RunEvent, runEvent } from './run-event';
import type { RunFacts, StatusEvent } from './run-facts';

export interface Told {
  readonly document: LineageDocument;
  readonly surroundings: Surroundings;
  readonly detail: StatusEvent['detail'];
}

/** Of a run that begins, or goes on after a redrive. */
export function startEvents(told: Told): RunEvent[] {
  const { redriveDate, startDate } = told.detail;
  return [pipelineEvent(told, 'START', iso(redriveDate ?? startDate), undefined)];
}

/** Of a run that has ended: its tables, its checks, itself. */
export function endEvents(told: Told, facts: RunFacts): RunEvent[] {
  const { detail } = told;
  const end = iso(detail.stopDate ?? detail.startDate);
  const outcome = detail.status === 'SUCCEEDED' ? 'COMPLETE' : detail.status === 'ABORTED' ? 'ABORT' : 'FAIL';
  // What was loaded before has nothing to tell of its tables.
  const isSkipped = outcome === 'COMPLETE' && facts.run === undefined;
  return [
    ...(isSkipped ? [] : checkEvents(told, facts, end)),
    ...(isSkipped
      ? []
      : told.document.plan.tables.flatMap((table) => tableEvents(told, facts, { table, outcome, end }))),
    pipelineEvent(told, outcome, end, facts),
  ];
}

function pipelineEvent(
  told: Told,
  eventType: RunEvent['eventType'],
  eventTime: string,
  facts: RunFacts | undefined,
): RunEvent {
  const { document, detail } = told;
  const { plan, options } = document;
  const producer = producerOf(document.version);
  const backfill = backfillRun(told);
  return runEvent(producer, {
    eventType,
    eventTime,
    run: {
      runId: uuidOf(detail.executionArn),
      facets: {
        ...commonFacets(told, eventType, facts),
        ...facetsOf(producer, {
          parent: backfill && { ...backfill, root: backfill },
          tags: { tags: tagsOf(told, facts) },
        }),
      },
    },
    job: {
      namespace: options.namespace,
      name: plan.pipeline,
      facets: facetsOf(producer, {
        jobType: { ...JOB_TYPE, jobType: 'PIPELINE' },
        documentation: { description: plan.description },
      }),
    },
  });
}

interface Ended {
  readonly table: LineageTable;
  readonly outcome: RunEvent['eventType'];
  readonly end: string;
}

function tableEvents(told: Told, facts: RunFacts, { table, outcome, end }: Ended): RunEvent[] {
  const { document, detail } = told;
  const producer = producerOf(document.version);
  const done = facts.published.find(({ sink }) => sink === table.sink);
  const eventType = done === undefined ? outcome : 'COMPLETE';
  const event = (type: RunEvent['eventType'], eventTime: string) =>
    childEvent(told, facts, {
      name: table.sink,
      eventType: type,
      eventTime,
      jobFacets: facetsOf(producer, {
        jobType: { ...JOB_TYPE, jobType: 'TABLE' },
        sql: table.sql === undefined ? undefined : { query: table.sql, dialect: table.dialect },
      }),
      inputs: inputsOf(table, told, facts),
      outputs: [tableDataset(table, told, facts, type === 'COMPLETE' ? done : undefined)],
    });
  return [event('START', iso(detail.startDate)), event(eventType, end)];
}

function checkEvents(told: Told, facts: RunFacts, end: string): RunEvent[] {
  const inputs = checked(told, facts);
  if (inputs.length === 0) return [];
  const event = (eventType: RunEvent['eventType'], eventTime: string) =>
    childEvent(told, facts, {
      name: 'check',
      eventType,
      eventTime,
      jobFacets: facetsOf(producerOf(told.document.version), { jobType: { ...JOB_TYPE, jobType: 'CHECK' } }),
      inputs,
      outputs: [],
    });
  return [event('START', iso(told.detail.startDate)), event(facts.checks.some(blocks) ? 'FAIL' : 'COMPLETE', end)];
}

const blocks = ({ outcome, severity }: CheckResult): boolean => outcome === 'failed' && severity === 'error';

interface Child extends Pick<RunEvent, 'eventType' | 'eventTime' | 'inputs' | 'outputs'> {
  readonly name: string;
  readonly jobFacets: Facets;
}

function childEvent(told: Told, facts: RunFacts, { name, jobFacets, ...child }: Child): RunEvent {
  const { document, detail } = told;
  const { plan, options } = document;
  const producer = producerOf(document.version);
  const parent = {
    run: { runId: uuidOf(detail.executionArn) },
    job: { namespace: options.namespace, name: plan.pipeline },
  };
  return runEvent(producer, {
    ...child,
    run: {
      runId: uuidOf(`${detail.executionArn}#${name}`),
      facets: {
        ...commonFacets(told, child.eventType, facts),
        ...facetsOf(producer, { parent: { ...parent, root: backfillRun(told) ?? parent } }),
      },
    },
    job: { namespace: options.namespace, name: `${plan.pipeline}.${name}`, facets: jobFacets },
  });
}

const JOB_TYPE = { processingType: 'BATCH', integration: 'STEPWELL' } as const;

function commonFacets(
  { document, detail }: Told,
  eventType: RunEvent['eventType'],
  facts: RunFacts | undefined,
): Facets {
  const { interval } = facts?.run ?? {};
  return facetsOf(producerOf(document.version), {
    nominalTime: interval && { nominalStartTime: interval.start, nominalEndTime: interval.end },
    processing_engine: { version: document.version, name: 'Stepwell', openlineageAdapterVersion: document.version },
    errorMessage:
      eventType === 'FAIL' || eventType === 'ABORT'
        ? { message: messageOf(detail), programmingLanguage: 'JavaScript' }
        : undefined,
  });
}

/** Where it is found in AWS, and as which load in the targets. */
function tagsOf({ detail }: Told, facts: RunFacts | undefined): object[] {
  const { loadId, generation } = facts?.run ?? {};
  const tags = {
    execution_arn: detail.executionArn,
    redrive_count: detail.redriveCount ?? 0,
    load_id: loadId,
    generation,
  };
  return Object.entries(tags).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: String(value), source: 'STEPWELL' }],
  );
}

/** Which started it. It is no execution of the pipeline's, and has no events of its own. */
function backfillRun({ document, detail }: Told) {
  const id = backfillOf(detail.name);
  if (id === undefined) return undefined;
  const { plan, options } = document;
  const machine = detail.executionArn.slice(0, detail.executionArn.lastIndexOf(':'));
  return {
    run: { runId: uuidOf(`${machine}#backfill#${id}`) },
    job: { namespace: options.namespace, name: `${plan.pipeline}.backfill` },
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** A Lambda function's cause is a document, with a stack that is nobody's business. */
function messageOf({ status, error, cause }: Told['detail']): string {
  const name = error ?? (status === 'TIMED_OUT' ? 'States.Timeout' : status);
  if (!cause) return name;
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: unknown };
    return typeof errorMessage === 'string' ? `${name}: ${errorMessage}` : `${name}: ${cause}`;
  } catch {
    return `${name}: ${cause}`;
  }
}
