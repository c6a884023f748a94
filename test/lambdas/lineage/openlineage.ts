/**
 * What OpenLineage's specification (2-0-2, and the facets' own versions) demands of an event, in our words: types, formats, what must
 * be there. Stricter in one thing: members that it does not know are refused, which the specification leaves open.
 */
import * as z from 'zod';

const base = { _producer: z.string().regex(/^[a-z][a-z0-9+.-]*:\S+$/), _schemaURL: z.url() };
const count = z.int().min(0);
const text = z.string().min(1);
const dateTime = z.iso.datetime({ offset: true });

const FACETS: Readonly<Record<string, Readonly<Record<string, readonly [schema: string, shape: z.ZodRawShape]>>>> = {
  run: {
    nominalTime: ['1-0-1/NominalTimeRunFacet', { nominalStartTime: dateTime, nominalEndTime: dateTime.optional() }],
    parent: [
      '1-2-0/ParentRunFacet',
      {
        run: z.strictObject({ runId: z.uuid() }),
        job: z.strictObject({ namespace: text, name: text }),
        root: z
          .strictObject({
            run: z.strictObject({ runId: z.uuid() }),
            job: z.strictObject({ namespace: text, name: text }),
          })
          .optional(),
      },
    ],
    errorMessage: [
      '1-0-1/ErrorMessageRunFacet',
      { message: text, programmingLanguage: text, stackTrace: text.optional() },
    ],
    processing_engine: [
      '1-1-1/ProcessingEngineRunFacet',
      { version: text, name: text.optional(), openlineageAdapterVersion: text.optional() },
    ],
    tags: [
      '1-0-0/TagsRunFacet',
      { tags: z.array(z.strictObject({ key: text, value: text, source: text.optional() })).optional() },
    ],
  },
  job: {
    jobType: [
      '2-0-4/JobTypeJobFacet',
      { processingType: z.enum(['BATCH', 'STREAMING', 'SERVICE']), integration: text, jobType: text.optional() },
    ],
    sql: ['1-1-0/SQLJobFacet', { query: text, dialect: text.optional() }],
    documentation: ['1-1-0/DocumentationJobFacet', { description: z.string(), contentType: text.optional() }],
  },
  dataset: {
    schema: [
      '1-2-0/SchemaDatasetFacet',
      {
        fields: z
          .array(z.strictObject({ name: text, type: text.optional(), description: z.string().optional() }))
          .optional(),
      },
    ],
    dataSource: [
      '1-0-1/DatasourceDatasetFacet',
      { name: text.optional(), uri: z.string().regex(/^[a-z][\w+.-]*:\S+$/) },
    ],
    datasetType: ['1-0-1/DatasetTypeDatasetFacet', { datasetType: text, subType: text.optional() }],
    symlinks: [
      '1-0-1/SymlinksDatasetFacet',
      { identifiers: z.array(z.strictObject({ namespace: text, name: text, type: text })).optional() },
    ],
    version: ['1-0-1/DatasetVersionDatasetFacet', { datasetVersion: text }],
    lifecycleStateChange: [
      '1-0-1/LifecycleStateChangeDatasetFacet',
      { lifecycleStateChange: z.enum(['ALTER', 'CREATE', 'DROP', 'OVERWRITE', 'RENAME', 'TRUNCATE']) },
    ],
    columnLineage: [
      '1-2-0/ColumnLineageDatasetFacet',
      {
        fields: z.record(
          text,
          z.strictObject({
            inputFields: z.array(
              z.strictObject({
                namespace: text,
                name: text,
                field: text,
                transformations: z
                  .array(
                    z.strictObject({
                      type: z.enum(['DIRECT', 'INDIRECT']),
                      subtype: text.optional(),
                      description: z.string().optional(),
                      masking: z.boolean().optional(),
                    }),
                  )
                  .optional(),
              }),
            ),
          }),
        ),
      },
    ],
  },
  input: {
    inputStatistics: [
      '1-0-0/InputStatisticsInputDatasetFacet',
      { rowCount: count.optional(), size: count.optional(), fileCount: count.optional() },
    ],
    dataQualityMetrics: [
      '1-0-3/DataQualityMetricsInputDatasetFacet',
      {
        rowCount: count.optional(),
        bytes: count.optional(),
        columnMetrics: z.record(text, z.strictObject({ nullCount: count.optional(), distinctCount: count.optional() })),
      },
    ],
    dataQualityAssertions: [
      '1-1-0/DataQualityAssertionsDatasetFacet',
      {
        assertions: z.array(
          z.strictObject({
            assertion: text,
            success: z.boolean(),
            column: text.optional(),
            severity: text.optional(),
            name: text.optional(),
            description: text.optional(),
            expected: text.optional(),
            actual: text.optional(),
          }),
        ),
      },
    ],
  },
  output: {
    outputStatistics: [
      '1-0-2/OutputStatisticsOutputDatasetFacet',
      { rowCount: count.optional(), size: count.optional(), fileCount: count.optional() },
    ],
  },
};

const facets = (of: keyof typeof FACETS) =>
  z.strictObject(
    Object.fromEntries(
      Object.entries(FACETS[of]!).map(([key, [schema, shape]]) => {
        const name = schema.split('/')[1];
        const url = `https://openlineage.io/spec/facets/${schema}.json#/$defs/${name}`;
        return [key, z.strictObject({ ...base, _schemaURL: z.literal(url), ...shape }).optional()];
      }),
    ),
  );

const dataset = { namespace: text, name: text, facets: facets('dataset').optional() };

export const runEvent = z.strictObject({
  eventType: z.enum(['START', 'RUNNING', 'COMPLETE', 'ABORT', 'FAIL', 'OTHER']),
  eventTime: dateTime,
  producer: base._producer,
  schemaURL: z.literal('https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent'),
  run: z.strictObject({ runId: z.uuid(), facets: facets('run').optional() }),
  job: z.strictObject({ namespace: text, name: text, facets: facets('job').optional() }),
  inputs: z.array(z.strictObject({ ...dataset, inputFacets: facets('input').optional() })).optional(),
  outputs: z.array(z.strictObject({ ...dataset, outputFacets: facets('output').optional() })).optional(),
});
