/** restJson1 and restXml: members are bound to the path, the query, headers and the body, as the operation's schemas say. */

import type { Readable } from 'node:stream';
import { FromStringShapeDeserializer, JsonCodec2, ToStringShapeSerializer } from '@smithy/core/protocols';
import { NormalizedSchema } from '@smithy/core/schema';
import type { StaticOperationSchema, StaticStructureSchema } from '@smithy/types';
import { SerializationError } from '../errors';
import type { WireRequest, WireResponse } from '../message';
import { decodePath } from '../query';
import { httpTrait, matchPath } from '../uri';
import { readJson, writeJson } from './json';
import { errorMembers, type Protocol } from './protocol';
import { checkShape } from './shape';
import { escapeXml, readXml, writeXml, XML_DECLARATION, xmlCodec } from './xml';

const DATE_TIME = 5;
const EPOCH_SECONDS = 7;

/** The part of a REST protocol that differs between JSON and XML. */
interface BodyFormat {
  readonly contentType: string;
  read(schema: NormalizedSchema, bytes: Buffer): Promise<unknown>;
  write(schema: NormalizedSchema, value: unknown): string | Uint8Array;
}

export function restJsonProtocol(): Protocol {
  const settings = {
    timestampFormat: { useTrait: true, default: EPOCH_SECONDS } as const,
    httpBindings: true,
    jsonName: true,
  };
  const codec = new JsonCodec2(settings);
  const format: BodyFormat = {
    contentType: 'application/json',
    read: (schema, bytes) => readJson(codec, schema, bytes),
    write: (schema, value) => writeJson(codec, schema, value),
  };
  return {
    ...restBindings(format),
    writeError(error, schema) {
      const members = errorMembers(error, schema);
      const { Type: _type, ...fields } = members;
      return {
        status: error.status,
        headers: { 'content-type': 'application/json', 'x-amzn-errortype': error.code },
        body: schema
          ? writeJson(codec, NormalizedSchema.of(schema), { Type: error.status < 500 ? 'User' : 'Service', ...members })
          : JSON.stringify(fields),
      };
    },
  };
}

export function restXmlProtocol(xmlNamespace: string | undefined): Protocol {
  const codec = xmlCodec(xmlNamespace);
  const format: BodyFormat = {
    contentType: 'application/xml',
    read: (schema, bytes) => readXml(codec, schema, bytes),
    write: (schema, value) => writeXml(codec, schema, value),
  };
  const bindings = restBindings(format);
  return {
    ...bindings,
    writeOutput(operation, output, requestId) {
      // S3 leaves out the element around this one member (Smithy's s3UnwrappedXmlOutput, which the schema does not carry).
      if (operation[2] === 'GetBucketLocation') {
        const text = escapeXml(String(output.LocationConstraint ?? ''));
        const body = `${XML_DECLARATION}<LocationConstraint xmlns="${escapeXml(xmlNamespace ?? '')}">${text}</LocationConstraint>`;
        return { status: 200, headers: { 'content-type': format.contentType }, body };
      }
      return bindings.writeOutput(operation, output, requestId);
    },
    writeError(error, _schema, requestId) {
      const fields = Object.entries(error.fields).map(
        ([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`,
      );
      // S3's second id, which support asks for along with the first.
      const hostId = Buffer.from(requestId).toString('base64');
      return {
        status: error.status,
        headers: { 'content-type': 'application/xml', 'x-amz-id-2': hostId },
        body: `${XML_DECLARATION}<Error><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>${fields.join('')}<RequestId>${requestId}</RequestId><HostId>${hostId}</HostId></Error>`,
      };
    },
  };
}

const stringSettings = {
  timestampFormat: { useTrait: true, default: DATE_TIME } as const,
  httpBindings: true,
};

function restBindings(format: BodyFormat): Pick<Protocol, 'readInput' | 'writeOutput'> {
  const fromString = new FromStringShapeDeserializer(stringSettings);
  const read = (schema: NormalizedSchema, text: string, where: string): unknown => {
    try {
      const value = fromString.read(schema, text);
      checkShape(schema, value, where);
      return Number.isNaN(value) ? fail() : value;
    } catch {
      return fail();
    }
    function fail(): never {
      throw new SerializationError(`${where} has the value "${text}", which its type does not allow.`);
    }
  };

  return {
    async readInput(operation, request) {
      const schema = NormalizedSchema.of(operation[4]);
      if (schema.isUnitSchema()) return {};
      const labels = matchPath(operation, request.path) ?? {};
      const input: Record<string, unknown> = {};
      let hasBodyMembers = false;
      for (const [name, member] of schema.structIterator()) {
        const traits = member.getMergedTraits();
        if (traits.httpLabel) {
          const label = labels[name];
          if (label !== undefined) input[name] = read(member, decodePath(label), name);
          else if (name === 'Bucket') input[name] = request.bucket;
        } else if (traits.httpQuery) {
          const values = request.query.filter(([key]) => key === traits.httpQuery).map(([, value]) => value);
          if (values.length === 0) continue;
          const itemSchema = member.isListSchema() ? member.getValueSchema() : undefined;
          input[name] = itemSchema
            ? values.map((value) => read(itemSchema, value, name))
            : read(member, values[0] as string, name);
        } else if (traits.httpQueryParams) {
          input[name] = Object.fromEntries(request.query);
        } else if (traits.httpHeader) {
          const value = request.headers[traits.httpHeader.toLowerCase()];
          if (value !== undefined && value !== '') input[name] = read(member, value, name);
        } else if (traits.httpPrefixHeaders !== undefined) {
          input[name] = prefixedHeaders(request, traits.httpPrefixHeaders.toLowerCase());
        } else if (traits.httpPayload) {
          const payload = await readPayload(member, request, format);
          if (payload !== undefined) input[name] = payload;
        } else {
          hasBodyMembers = true;
        }
      }
      if (hasBodyMembers) Object.assign(input, await readBodyMembers(schema, request, format));
      return input;
    },

    writeOutput(operation, output) {
      const schema = NormalizedSchema.of(operation[5]);
      const headers: Record<string, string> = {};
      // A range of an object is 206, which no schema says: an operation may set the status as an SDK's output tells it.
      const metadata = output.$metadata as { httpStatusCode?: number } | undefined;
      let status = metadata?.httpStatusCode ?? httpTrait(operation).status;
      let body: WireResponse['body'];
      if (schema.isUnitSchema()) return { status, headers };
      const strings = new ToStringShapeSerializer(stringSettings);
      for (const [name, member] of schema.structIterator()) {
        const value = output[name];
        if (value === undefined || value === null) continue;
        const traits = member.getMergedTraits();
        if (traits.httpResponseCode) {
          status = Number(value);
        } else if (traits.httpHeader) {
          strings.write(member, value);
          headers[traits.httpHeader.toLowerCase()] = headerText(strings.flush());
        } else if (traits.httpPrefixHeaders !== undefined) {
          for (const [key, item] of Object.entries(value as Record<string, string>)) {
            headers[`${traits.httpPrefixHeaders}${key}`.toLowerCase()] = headerText(String(item));
          }
        } else if (traits.httpPayload) {
          if (member.isBlobSchema() || member.isStringSchema()) {
            body = value as Readable | Uint8Array | string;
            headers['content-type'] ??= member.isBlobSchema() ? 'application/octet-stream' : 'text/plain';
          } else {
            body = format.write(member, value);
            headers['content-type'] ??= format.contentType;
          }
        }
      }
      const bodySchema = bodyMembers(operation, schema);
      if (bodySchema) {
        body = format.write(bodySchema, output);
        headers['content-type'] ??= format.contentType;
      }
      return { status, headers, body };
    },
  };
}

async function readPayload(member: NormalizedSchema, request: WireRequest, format: BodyFormat): Promise<unknown> {
  if (member.isStreaming()) return request.body.stream();
  const bytes = await request.body.bytes();
  if (bytes.length === 0) return undefined;
  if (member.isBlobSchema()) return bytes;
  if (member.isStringSchema()) return bytes.toString('utf8');
  const payload = await format.read(member, bytes);
  checkShape(member, payload);
  return payload;
}

async function readBodyMembers(schema: NormalizedSchema, request: WireRequest, format: BodyFormat): Promise<object> {
  const bytes = await request.body.bytes();
  if (bytes.length === 0) return {};
  const document = (await format.read(schema, bytes)) as Record<string, unknown>;
  checkShape(schema, document);
  const members: Record<string, unknown> = {};
  for (const [name, member] of schema.structIterator()) {
    if (isBodyMember(member) && document[name] !== undefined) members[name] = document[name];
  }
  return members;
}

function prefixedHeaders(request: WireRequest, prefix: string): Record<string, string> | undefined {
  const entries = Object.entries(request.headers).filter(([name]) => name.startsWith(prefix));
  return entries.length === 0
    ? undefined
    : Object.fromEntries(entries.map(([name, value]) => [name.slice(prefix.length), value]));
}

function isBodyMember(member: NormalizedSchema): boolean {
  const traits = member.getMergedTraits();
  return !(
    traits.httpLabel ||
    traits.httpQuery ||
    traits.httpQueryParams ||
    traits.httpHeader ||
    traits.httpPrefixHeaders !== undefined ||
    traits.httpPayload ||
    traits.httpResponseCode
  );
}

const bodySchemas = new WeakMap<StaticOperationSchema, NormalizedSchema | null>();

/** The output's schema with its body members only: the XML serializer would also write those bound to headers. */
function bodyMembers(operation: StaticOperationSchema, schema: NormalizedSchema): NormalizedSchema | null {
  let body = bodySchemas.get(operation);
  if (body === undefined) {
    const raw = schema.getSchema() as StaticStructureSchema;
    const kept = [...schema.structIterator()].flatMap(([, member], index) => (isBodyMember(member) ? [index] : []));
    body =
      kept.length === 0
        ? null
        : NormalizedSchema.of([
            raw[0],
            raw[1],
            raw[2],
            raw[3],
            kept.map((index) => raw[4][index] as string),
            kept.map((index) => raw[5][index]),
          ] as unknown as StaticStructureSchema);
    bodySchemas.set(operation, body);
  }
  return body;
}

/** Header values are one line of Latin-1, which keeps the bytes of what came in by a header; anything beyond goes out as UTF-8. */
function headerText(value: string): string {
  const line = value.replace(/[\r\n\0]/g, ' ');
  return /^[\0-\xff]*$/.test(line) ? line : Buffer.from(line, 'utf8').toString('latin1');
}
