/** The contract of a pipeline's stream: what the registry is told of it, and what is wrong with how it has changed. */
import type { Problem } from '../../pipeline/errors';
import type { Pipeline } from '../../pipeline/types';
import type { SchemaObject } from '../../schema';
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
  VERSIONS_FILE,
  writeContract,
} from './files';
import { contractSchema } from './json-schema';

export { CONTRACT_FILE, contractText } from './files';
export { contractSchema } from './json-schema';

/** Of a definition in the registry. */
const MOST_CHARACTERS = 170_000;

export interface CompiledContract {
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
  const schema = contractSchema({
    stream: stream.trigger.stream,
    columns: contractColumns(stream.records.columns),
    onDrift: stream.records.onDrift,
  });
  const { committed, problems } = await readCommitted(folder);
  const earlier = earlierVersions(committed, schema);
  const before = committed.schema !== undefined && !isSame(committed.schema, schema) ? committed.schema : undefined;
  const text = definitionText(schema);
  return {
    schema,
    earlier,
    spec: {
      registry: registryName(name, environment),
      name: stream.trigger.stream,
      versions: allVersions(earlier, schema).map(definitionText),
      current: text,
    },
    changes: before === undefined ? [] : describeChanges(before, schema),
    problems: [
      ...problems,
      ...(before === undefined ? [] : incompatibilities(before, schema, field)),
      ...(text.length > MOST_CHARACTERS ? [tooLong(text.length, field)] : []),
    ],
  };
}

/** Of a pipeline's stack: it goes with it. No pipeline's name has a `_`. */
export const registryName = (pipeline: string, environment?: string): string =>
  `${environment === undefined ? 'stepwell' : `stepwell_${environment}`}-${pipeline}`;

export const writeCompiledContract = (
  folder: string,
  { schema, earlier }: Pick<CompiledContract, 'schema' | 'earlier'>,
): Promise<string[]> => writeContract(folder, { current: schema, earlier });

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
