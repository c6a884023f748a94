/** A stream as what its runs read: files that `consume` stages, gathered, and published every few minutes. */
import { rebuildPrefix } from '../tasks/rebuild';
import { stagedPrefix } from '../tasks/stream';
import type {
  DynamoTableSink,
  KeyspacesSink,
  LandedFiles,
  Pipeline,
  PipelineDefinition,
  Sink,
  Source,
  StreamRecords,
  TableSink,
  Trigger,
} from './types';

/** A run reads so many staged batches at most. */
const MOST_BATCHES = 1000;
const PUBLISH_EVERY_SECONDS = 300;
const RANGE_MIB = 256;

/** A validated definition as the rest of the project knows pipelines. */
export function asRuns({ aggregates, ...definition }: PipelineDefinition): Pipeline {
  const { name, trigger, sources } = definition;
  const found = Object.entries(sources).find(
    (entry): entry is [string, StreamRecords] => entry[1].kind === 'streamRecords',
  );
  if (trigger.kind !== 'streamOf' || found === undefined) {
    return {
      ...definition,
      trigger: trigger as Trigger,
      sources: sources as Readonly<Record<string, Source>>,
      validated: true,
    };
  }
  const [source, records] = found;
  const glob = `${stagedPrefix(name)}**/*.ndjson.gz`;
  return {
    ...definition,
    trigger: {
      kind: 's3Arrival',
      patterns: [glob],
      batch: { maxFiles: MOST_BATCHES, window: trigger.publishEvery ?? { seconds: PUBLISH_EVERY_SECONDS } },
    },
    sources: {
      ...(sources as Readonly<Record<string, Source>>),
      [source]: stagedFiles(records, [glob, ...rebuiltGlobs(name, records)]),
    },
    stream: { trigger, source, records, aggregates: aggregates ?? [] },
    validated: true,
  };
}

/** What a rebuild stages starts no run: its own run reads it. */
const rebuiltGlobs = (pipeline: string, { rebuildFrom }: StreamRecords): string[] =>
  rebuildFrom ? [`${rebuildPrefix(pipeline)}**/*.ndjson.gz`] : [];

const stagedFiles = (
  { columns, onDrift, onBadRow, memoryMb }: StreamRecords,
  globs: readonly string[],
): LandedFiles => ({
  kind: 'landedFiles',
  files: globs.map((glob) => ({ glob, format: { kind: 'ndjson' } })),
  columns,
  onDrift,
  onBadRow,
  memoryMb,
  rangeMiB: RANGE_MIB,
});

/** A sink that is a table, whoever writes it. */
export const isTable = (sink: Sink): sink is TableSink => sink.kind !== 'kinesis';

/** Written record by record, by no run. */
export const isLive = (sink: Sink): sink is (DynamoTableSink | KeyspacesSink) & { readonly live: true } =>
  'live' in sink && sink.live === true;
