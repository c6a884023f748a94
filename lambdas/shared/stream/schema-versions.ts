/** Versions of schemas, as the Glue Schema Registry knows them. */
import { GetSchemaByDefinitionCommand, GetSchemaVersionCommand, type GlueClient } from '@aws-sdk/client-glue';
import { AccessDenied } from '../../../lib/tasks/errors';
import type { SchemaName } from '../../../lib/tasks/stream';

type Glue = Pick<GlueClient, 'send'>;

/** Undefined: records of this version can be read; else why not, which completes "the record …". */
export type LookUpVersion = (versionId: string) => Promise<string | undefined>;

/** Whoever has sent a version's id before it was registered may register it meanwhile. */
const UNKNOWN_FOR_MS = 60_000;
/** A schema has 10,000 versions at most; ids that nobody knows may be as many as there are records. */
const MOST_KNOWN = 10_000;

/**
 * Looks versions up, each once: a version never changes. What the registry does not know is asked again after a minute. An error of
 * the registry itself is thrown, since the records may be good.
 */
export function schemaVersions(
  glue: Glue,
  schema: SchemaName | undefined,
  now: () => number = Date.now,
): LookUpVersion {
  const known = new Map<string, { readonly reason: Promise<string | undefined>; until: number }>();
  return (versionId) => {
    const before = known.get(versionId);
    if (before && before.until > now()) return before.reason;
    const reason = ask(glue, versionId, schema);
    const entry = { reason, until: Number.POSITIVE_INFINITY };
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(versionId, entry);
    reason.then(
      (why) => {
        if (why !== undefined) entry.until = now() + UNKNOWN_FOR_MS;
      },
      () => known.delete(versionId),
    );
    return reason;
  };
}

async function ask(glue: Glue, versionId: string, schema: SchemaName | undefined): Promise<string | undefined> {
  const version = await glue
    .send(new GetSchemaVersionCommand({ SchemaVersionId: versionId }))
    .catch((error: unknown) => explained(error, 'glue:GetSchemaVersion'));
  const named = `schema version ${versionId}`;
  if (version === undefined)
    return `names ${named}, which the schema registry does not know: it was deleted, or it is of another account or Region`;
  if (version.DataFormat !== 'JSON') return `is ${version.DataFormat} (${named}); streams are read as JSON`;
  if (version.Status === 'FAILURE')
    return `names ${named}, which the registry refused as incompatible: the producer must not send by it`;
  if (version.Status === 'PENDING')
    throw new Error(`The registry is still judging ${named}: it can be read after that.`);
  const of = version.SchemaArn?.split(':schema/')[1];
  if (schema && of !== undefined && of !== `${schema.registry}/${schema.name}`)
    return `is of the schema ${of} (${named}), and not of ${schema.registry}/${schema.name}: it was put on the wrong stream`;
  return undefined;
}

/**
 * The version that a producer writes by: the one with this definition, which the stack of the stream's pipeline registers.
 *
 * @throws while it is not registered: the run can be redriven once that stack is deployed
 */
export async function versionOf(glue: Glue, schema: SchemaName, definition: string): Promise<string> {
  const found = await glue
    .send(
      new GetSchemaByDefinitionCommand({
        SchemaId: { RegistryName: schema.registry, SchemaName: schema.name },
        SchemaDefinition: definition,
      }),
    )
    .catch((error: unknown) => explained(error, 'glue:GetSchemaByDefinition'));
  if (found?.Status === 'AVAILABLE') return found.SchemaVersionId!;
  const why = found === undefined ? 'is not registered' : `is ${found.Status}`;
  throw new Error(
    `The contract of the stream '${schema.name}' that this pipeline was deployed with ${why} in the schema registry ` +
      `'${schema.registry}'. Deploy the stack of the pipeline that reads the stream, and redrive the run.`,
  );
}

/** Undefined: there is no such thing. */
function explained(error: unknown, action: string): undefined {
  const { name, message } = error as Error;
  if (name === 'EntityNotFoundException') return undefined;
  if (name === 'AccessDeniedException')
    throw new AccessDenied(`The function may not call ${action}: deploy the pipeline's stack again. ${message}`, {
      cause: error,
    });
  throw error;
}
