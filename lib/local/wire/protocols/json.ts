/** awsJson1_0 and awsJson1_1: the operation is in `X-Amz-Target`, input and output are the body. */
import { JsonCodec2 } from '@smithy/core/protocols';
import { NormalizedSchema } from '@smithy/core/schema';
import { SerializationError } from '../errors';
import { awsQueryError } from '../model';
import { errorMembers, type Protocol } from './protocol';
import { checkShape } from './shape';

const EPOCH_SECONDS = 7;
const codec = new JsonCodec2({ timestampFormat: { useTrait: true, default: EPOCH_SECONDS }, jsonName: false });

export function jsonProtocol(version: '1.0' | '1.1'): Protocol {
  const headers = () => ({ 'content-type': `application/x-amz-json-${version}` });
  return {
    async readInput([, , , , inputSchema], request) {
      return readJson(codec, NormalizedSchema.of(inputSchema), await request.body.bytes());
    },
    writeOutput([, , , , , outputSchema], output) {
      return { status: 200, headers: headers(), body: writeJson(codec, NormalizedSchema.of(outputSchema), output) };
    },
    writeError(error, schema) {
      const queryCode = awsQueryError(schema)?.[0];
      const fault = error.status < 500 ? 'Sender' : 'Receiver';
      const members = errorMembers(error, schema);
      const known = schema ? JSON.parse(writeJson(codec, NormalizedSchema.of(schema), members).toString('utf8')) : {};
      return {
        status: error.status,
        headers: {
          ...headers(),
          'x-amzn-errortype': error.code,
          ...(queryCode && { 'x-amzn-query-error': `${queryCode};${fault}` }),
        },
        body: JSON.stringify({
          __type: schema?.[2] ?? error.code,
          ...(schema ? {} : members),
          ...known,
          message: error.message,
        }),
      };
    },
  };
}

export async function readJson(
  codec: JsonCodec2,
  schema: NormalizedSchema,
  bytes: Buffer,
): Promise<Record<string, unknown>> {
  if (schema.isUnitSchema() || bytes.length === 0) return {};
  const text = bytes.toString('utf8');
  // The deserializer takes a list for an object without members.
  if (/^\s*\[/.test(text)) throw new SerializationError('The request body must be an object, not a list.');
  let document: unknown;
  try {
    document = await codec.createDeserializer().read(schema, text);
  } catch (cause) {
    throw new SerializationError(`The request body is not valid JSON for this operation: ${(cause as Error).message}`);
  }
  if (typeof document !== 'object' || document === null)
    throw new SerializationError('The request body must be an object.');
  checkShape(schema, document);
  return document as Record<string, unknown>;
}

export function writeJson(codec: JsonCodec2, schema: NormalizedSchema, value: unknown): Buffer {
  if (schema.isUnitSchema()) return Buffer.from('{}');
  const serializer = codec.createSerializer();
  serializer.write(schema, value);
  const bytes = serializer.flush();
  // A view of the serializer's buffer, whose own toString is deprecated.
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
