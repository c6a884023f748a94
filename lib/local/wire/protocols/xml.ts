import { XmlCodec } from '@aws-sdk/core/protocols';
import type { NormalizedSchema } from '@smithy/core/schema';
import { SerializationError } from '../errors';

const DATE_TIME = 5;
export const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

export function xmlCodec(xmlNamespace: string | undefined): XmlCodec {
  return new XmlCodec({
    timestampFormat: { useTrait: true, default: DATE_TIME },
    httpBindings: true,
    xmlNamespace: xmlNamespace ?? '',
    serviceNamespace: '',
  });
}

export async function readXml(codec: XmlCodec, schema: NormalizedSchema, bytes: Buffer): Promise<unknown> {
  try {
    return await codec.createDeserializer().read(schema, Buffer.from(withAstralCharacters(bytes.toString('utf8'))));
  } catch (cause) {
    throw new SerializationError(`The request body is not valid XML for this operation: ${(cause as Error).message}`);
  }
}

export function writeXml(codec: XmlCodec, schema: NormalizedSchema, value: unknown): string {
  const serializer = codec.createSerializer();
  serializer.write(schema, value);
  return `${XML_DECLARATION}${serializer.flush()}`;
}

export function escapeXml(text: string): string {
  return text.replace(
    /[&<>"\r\n]/g,
    (character) =>
      ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[character] ?? `&#${character.charCodeAt(0)};`,
  );
}

/** The SDK's parser cuts character references above U+FFFF (an emoji in a key) to 16 bits: resolve them first. */
function withAstralCharacters(xml: string): string {
  return xml.replace(/&#(?:x([0-9a-f]{5,6})|(\d{5,7}));/gi, (reference, hex, decimal) => {
    const code = hex ? Number.parseInt(hex, 16) : Number.parseInt(decimal, 10);
    return code > 0xffff && code <= 0x10ffff ? String.fromCodePoint(code) : reference;
  });
}
