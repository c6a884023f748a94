/** The contract of a pipeline's stream: what the registry is told of it, and what is wrong with how it has changed. */
import type { Problem } from '../../pipeline/errors';
import type { Pipeline } from '../../pipeline/types';
import type { SchemaObject } from '../../schema';
import type { SchemaName } from '../../tasks/stream';
import { contractColumns } from '../contract-columns';
import type { StreamContractSpec } from '../types';
import { describeChanges, incompatibilities } from './changes';
import {
  allVersions,
  CONTRACT_FILE,
  type CommittedContract,
  committedContract,
  definitionText,
  earlierVersions,
  isSame,
  isWritten,
  removeContract,
  VERSIONS_FILE,
  writeContract,
} from './files';
import { contractSchema } from './json-schema';
import type { ReadContract } from './producer';

export { contractSchema } from './json-schema';
export { producerMistakes } from './producer';

/** Of a definition in the registry. */
const MOST_CHARACTERS = 170_000;

export interface CompiledContract {
  readonly read: ReadContract;
  readonly schema: SchemaObject;
  /** before this one, oldest first */
  readonly earlier: readonly SchemaObject[];
  readonly spec: StreamContractSpec;
  /** since it was committed last */
  readonly changes: readonly string[];
  readonly problems: readonly Problem[];
}

/** Undefined: no stream starts it. */
export async function compileContract(
  { name, stream }: Pick<Pipeline, 'name' | 'stream'>,
  folder: string,
  environment?: string,
): Promise<CompiledContract | undefined> {
  if (stream === undefined) return undefined;
  const field = `sources.${stream.source}.columns`;
  const read = {
    stream: stream.trigger.stream,
    pipeline: name,
    columns: contractColumns(stream.records.columns),
    onDrift: stream.records.onDrift,
  };
  const schema = contractSchema(read);
  const { committed, problems } = await readCommitted(folder);
  const earlier = earlierVersions(committed, schema);
  const before = committed.schema !== undefined && !isSame(committed.schema, schema) ? committed.schema : undefined;
  // The registry compares with the version that came last, which another than the one before may be: one that was taken back.
  const last = earlier.at(-1);
  const isNew = !earlier.some((one) => isSame(one, schema));
  const registered = isNew && last && !(before && isSame(before, last)) ? last : undefined;
  const text = definitionText(schema);
  return {
    read,
    schema,
    earlier,
    spec: {
      ...schemaNameOf(name, stream.trigger.stream, environment),
      versions: allVersions(earlier, schema).map(definitionText),
      current: text,
    },
    changes: before === undefined ? [] : describeChanges(before, schema),
    problems: [
      ...problems,
      ...(before === undefined ? [] : incompatibilities(before, schema, field)),
      ...(registered === undefined ? [] : incompatibilities(registered, schema, field)),
      ...(text.length > MOST_CHARACTERS ? [tooLong(text.length, field)] : []),
    ],
  };
}

/** A registry of its own, which goes with the pipeline's stack. No pipeline's name has a `_`. */
export const schemaNameOf = (pipeline: string, stream: string, environment?: string): SchemaName => ({
  registry: `${environment === undefined ? 'stepwell' : `stepwell_${environment}`}-${pipeline}`,
  name: stream,
});

/** Of all streams that pipelines of the project read, by the stream's name in definitions. */
export async function contractsOf(
  pipelines: readonly Placed[],
  environment?: string,
): Promise<ReadonlyMap<string, CompiledContract>> {
  const found = await Promise.all(
    pipelines.map(({ pipeline, folder }) => compileContract(pipeline, folder, environment)),
  );
  return new Map(found.flatMap((one) => (one === undefined ? [] : [[one.read.stream, one] as const])));
}

interface Placed {
  readonly pipeline: Pick<Pipeline, 'name' | 'stream'>;
  readonly folder: string;
}

/** Writes the contracts beside their pipelines, and takes away those of streams that no pipeline reads any more. Returns the files. */
export async function writeContracts(
  pipelines: readonly Placed[],
  contracts: ReadonlyMap<string, CompiledContract>,
): Promise<string[]> {
  const files = await Promise.all(
    pipelines.map(({ pipeline, folder }) => {
      const contract = contractOf(pipeline, contracts);
      return contract ? writeContract(folder, contract) : removeContract(folder);
    }),
  );
  return files.flat();
}

/** Whether the files say what the pipeline declares. */
export async function isCurrentContract(
  { pipeline, folder }: Placed,
  contracts: ReadonlyMap<string, CompiledContract>,
): Promise<boolean> {
  const contract = contractOf(pipeline, contracts);
  return contract === undefined || isWritten(folder, contract);
}

const contractOf = ({ stream }: Placed['pipeline'], contracts: ReadonlyMap<string, CompiledContract>) =>
  stream && contracts.get(stream.trigger.stream);

async function readCommitted(folder: string): Promise<{ committed: CommittedContract; problems: Problem[] }> {
  try {
    return { committed: await committedContract(folder), problems: [] };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const rule = error.message;
    const remedy = `It is written by npx stepwell compile: take ${CONTRACT_FILE} and ${VERSIONS_FILE} as they were in the commit before, and compile.`;
    return { committed: { versions: [] }, problems: [{ field: CONTRACT_FILE, rule, remedy }] };
  }
}

const tooLong = (characters: number, field: string): Problem => ({
  field,
  value: `a JSON Schema of ${characters.toLocaleString('en')} characters`,
  rule: `the Glue Schema Registry takes ${MOST_CHARACTERS.toLocaleString('en')}`,
  remedy: 'Declare what the models need, and a json() column for the rest.',
});
