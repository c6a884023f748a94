/** awsQuery (SNS, STS, CloudFormation): `Action=…&Member.1.Name=…` in, XML out. */

import { FromStringShapeDeserializer } from '@smithy/core/protocols';
import { NormalizedSchema } from '@smithy/core/schema';
import { SerializationError } from '../errors';
import { awsQueryError } from '../model';
import { parseQuery } from '../query';
import type { Protocol } from './protocol';
import { errorMembers } from './protocol';
import { checkShape } from './shape';
import { escapeXml, XML_DECLARATION, xmlCodec } from './xml';

const DATE_TIME = 5;
const strings = new FromStringShapeDeserializer({
  timestampFormat: { useTrait: true, default: DATE_TIME },
  httpBindings: false,
});
const headers = () => ({ 'content-type': 'text/xml' });

export function queryProtocol(xmlNamespace = ''): Protocol {
  const codec = xmlCodec('');
  return {
    async readInput([, , , , inputSchema], request) {
      const schema = NormalizedSchema.of(inputSchema);
      if (schema.isUnitSchema()) return {};
      const form = new Form([...request.query, ...parseQuery((await request.body.bytes()).toString('utf8'))]);
      const input = (readMember(schema, form, '') ?? {}) as Record<string, unknown>;
      checkShape(schema, input);
      return input;
    },
    writeOutput([, , name, , , outputSchema], output, requestId) {
      const schema = NormalizedSchema.of(outputSchema);
      let result = '';
      if (!schema.isUnitSchema()) {
        const serializer = codec.createSerializer();
        serializer.write(schema, output);
        result = renameRoot(String(serializer.flush()), `${name}Result`);
      }
      return {
        status: 200,
        headers: headers(),
        body: `${XML_DECLARATION}<${name}Response xmlns="${escapeXml(xmlNamespace)}">${result}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${name}Response>`,
      };
    },
    writeError(error, schema, requestId) {
      const code = awsQueryError(schema)?.[0] ?? error.code;
      const { message: _message, Message: _Message, ...fields } = errorMembers(error, schema);
      const members = Object.entries(fields).map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`);
      return {
        status: error.status,
        headers: headers(),
        body: `${XML_DECLARATION}<ErrorResponse xmlns="${escapeXml(xmlNamespace)}"><Error><Type>${error.status < 500 ? 'Sender' : 'Receiver'}</Type><Code>${escapeXml(code)}</Code><Message>${escapeXml(error.message)}</Message>${members.join('')}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
      };
    },
  };
}

/** The parameters, and for each dotted prefix whether anything lies under it. */
class Form {
  readonly #values = new Map<string, string>();
  readonly #prefixes = new Set<string>();

  constructor(parameters: readonly (readonly [string, string])[]) {
    for (const [name, value] of parameters) {
      this.#values.set(name, value);
      for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1))
        this.#prefixes.add(name.slice(0, dot));
    }
  }

  value(name: string): string | undefined {
    return this.#values.get(name);
  }

  has(name: string): boolean {
    return this.#values.has(name) || this.#prefixes.has(name);
  }
}

function readMember(schema: NormalizedSchema, form: Form, path: string): unknown {
  const under = (name: string) => (path ? `${path}.${name}` : name);
  if (path && !form.has(path)) return undefined;
  if (schema.isStructSchema()) {
    const record: Record<string, unknown> = {};
    for (const [name, member] of schema.structIterator()) {
      const value = readMember(member, form, under(member.getMergedTraits().xmlName ?? name));
      if (value !== undefined) record[name] = value;
    }
    return record;
  }
  if (schema.isListSchema()) {
    const member = schema.getValueSchema();
    const prefix = schema.getMergedTraits().xmlFlattened ? path : under(member.getMergedTraits().xmlName ?? 'member');
    const list: unknown[] = [];
    for (let index = 1; form.has(`${prefix}.${index}`); index++)
      list.push(readMember(member, form, `${prefix}.${index}`));
    return list;
  }
  if (schema.isMapSchema()) {
    const keyName = schema.getKeySchema().getMergedTraits().xmlName ?? 'key';
    const valueSchema = schema.getValueSchema();
    const valueName = valueSchema.getMergedTraits().xmlName ?? 'value';
    const prefix = schema.getMergedTraits().xmlFlattened ? path : under('entry');
    const entries: [string, unknown][] = [];
    for (let index = 1; form.has(`${prefix}.${index}`); index++) {
      const key = form.value(`${prefix}.${index}.${keyName}`) ?? '';
      entries.push([key, readMember(valueSchema, form, `${prefix}.${index}.${valueName}`)]);
    }
    return Object.fromEntries(entries);
  }
  const text = form.value(path);
  if (text === undefined) return undefined;
  try {
    return strings.read(schema, text);
  } catch (cause) {
    throw new SerializationError(
      `${path} has the value "${text}", which its type does not allow: ${(cause as Error).message}`,
    );
  }
}

/** The serializer names the root by the output's shape; the protocol wants `<OperationResult>`. */
function renameRoot(xml: string, name: string): string {
  const [, root] = /^<([^\s/>]+)/.exec(xml) ?? [];
  if (!root) return `<${name}/>`;
  const renamed = `<${name}${xml.slice(root.length + 1)}`;
  return renamed.endsWith(`</${root}>`) ? `${renamed.slice(0, -(root.length + 3))}</${name}>` : renamed;
}
