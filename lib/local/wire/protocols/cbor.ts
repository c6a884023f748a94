/** Smithy RPC v2 CBOR: `POST /service/<service>/operation/<operation>`; what boto3 speaks to CloudWatch. */
import { CborCodec } from '@smithy/core/cbor';
import { NormalizedSchema } from '@smithy/core/schema';
import { SerializationError } from '../errors';
import { awsQueryError } from '../model';
import { errorMembers, type Protocol } from './protocol';
import { checkShape } from './shape';

const codec = new CborCodec();
const DOCUMENT = 15;
const headers = () => ({ 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' });

export const cborProtocol: Protocol = {
  async readInput([, , , , inputSchema], request) {
    const bytes = await request.body.bytes();
    const schema = NormalizedSchema.of(inputSchema);
    if (schema.isUnitSchema() || bytes.length === 0) return {};
    let document: unknown;
    try {
      document = await codec.createDeserializer().read(schema, bytes);
    } catch (cause) {
      throw new SerializationError(
        `The request body is not valid CBOR for this operation: ${(cause as Error).message}`,
      );
    }
    checkShape(schema, document);
    return document as Record<string, unknown>;
  },
  writeOutput([, , , , , outputSchema], output) {
    const schema = NormalizedSchema.of(outputSchema);
    return { status: 200, headers: headers(), ...(!schema.isUnitSchema() && { body: writeCbor(schema, output) }) };
  },
  writeError(error, schema) {
    const queryCode = awsQueryError(schema)?.[0];
    const fault = error.status < 500 ? 'Sender' : 'Receiver';
    return {
      status: error.status,
      headers: { ...headers(), ...(queryCode && { 'x-amzn-query-error': `${queryCode};${fault}` }) },
      body: writeCbor(NormalizedSchema.of(DOCUMENT), {
        __type: schema?.[2] ?? error.code,
        ...errorMembers(error, schema),
        message: error.message,
      }),
    };
  },
};

function writeCbor(schema: NormalizedSchema, value: unknown): Uint8Array {
  const serializer = codec.createSerializer();
  serializer.write(schema, value);
  return serializer.flush();
}
