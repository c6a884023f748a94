/** OpenLineage's run event, as much of its specification (2-0-2) as is sent: https://openlineage.io/docs/spec/object-model */

/** Which version of a facet's schema it follows, by its key in an event. */
const FACETS = {
  nominalTime: ['1-0-1', 'NominalTimeRunFacet'],
  parent: ['1-2-0', 'ParentRunFacet'],
  errorMessage: ['1-0-1', 'ErrorMessageRunFacet'],
  processing_engine: ['1-1-1', 'ProcessingEngineRunFacet'],
  tags: ['1-0-0', 'TagsRunFacet'],
  jobType: ['2-0-4', 'JobTypeJobFacet'],
  sql: ['1-1-0', 'SQLJobFacet'],
  documentation: ['1-1-0', 'DocumentationJobFacet'],
  schema: ['1-2-0', 'SchemaDatasetFacet'],
  dataSource: ['1-0-1', 'DatasourceDatasetFacet'],
  datasetType: ['1-0-1', 'DatasetTypeDatasetFacet'],
  symlinks: ['1-0-1', 'SymlinksDatasetFacet'],
  version: ['1-0-1', 'DatasetVersionDatasetFacet'],
  lifecycleStateChange: ['1-0-1', 'LifecycleStateChangeDatasetFacet'],
  columnLineage: ['1-2-0', 'ColumnLineageDatasetFacet'],
  inputStatistics: ['1-0-0', 'InputStatisticsInputDatasetFacet'],
  dataQualityMetrics: ['1-0-3', 'DataQualityMetricsInputDatasetFacet'],
  dataQualityAssertions: ['1-1-0', 'DataQualityAssertionsDatasetFacet'],
  outputStatistics: ['1-0-2', 'OutputStatisticsOutputDatasetFacet'],
} as const;
export type FacetKey = keyof typeof FACETS;

export type Facet = Readonly<Record<string, unknown>>;
export type Facets = Readonly<Partial<Record<FacetKey, Facet>>>;

const SPEC = 'https://openlineage.io/spec';
const RUN_EVENT = `${SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent`;

export interface DatasetName {
  readonly namespace: string;
  readonly name: string;
}
export interface InputDataset extends DatasetName {
  readonly facets?: Facets;
  readonly inputFacets?: Facets;
}
export interface OutputDataset extends DatasetName {
  readonly facets?: Facets;
  readonly outputFacets?: Facets;
}

export interface RunEvent {
  readonly eventType: 'START' | 'COMPLETE' | 'FAIL' | 'ABORT';
  readonly eventTime: string;
  readonly producer: string;
  readonly schemaURL: string;
  readonly run: { readonly runId: string; readonly facets: Facets };
  readonly job: { readonly namespace: string; readonly name: string; readonly facets: Facets };
  readonly inputs: readonly InputDataset[];
  readonly outputs: readonly OutputDataset[];
}

/** `version`: Stepwell's, which makes the events. */
export const producerOf = (version: string): string => `urn:stepwell:${version}`;

export function runEvent(
  producer: string,
  {
    inputs = [],
    outputs = [],
    ...event
  }: Omit<RunEvent, 'producer' | 'schemaURL' | 'inputs' | 'outputs'> & Partial<Pick<RunEvent, 'inputs' | 'outputs'>>,
): RunEvent {
  return { ...event, producer, schemaURL: RUN_EVENT, inputs, outputs };
}

/** With the members that every facet has. Those that are undefined are left out. */
export function facetsOf(producer: string, facets: Partial<Record<FacetKey, object | undefined>>): Facets {
  return Object.fromEntries(
    Object.entries(facets).flatMap(([key, facet]) => {
      if (facet === undefined) return [];
      const [version, name] = FACETS[key as FacetKey];
      const _schemaURL = `${SPEC}/facets/${version}/${name}.json#/$defs/${name}`;
      return [[key, { _producer: producer, _schemaURL, ...facet }]];
    }),
  );
}
