import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { ChunkedDecoder } from '../../../lib/local/wire/chunked';

/** Encodes as the SDKs do, then cuts the bytes at arbitrary places. */
function encode(parts: readonly Uint8Array[], isSigned: boolean, trailers: Readonly<Record<string, string>>): Buffer {
  const signature = isSigned ? `;chunk-signature=${'0'.repeat(64)}` : '';
  const chunks = parts
    .filter((part) => part.length > 0)
    .map((part) =>
      Buffer.concat([Buffer.from(`${part.length.toString(16)}${signature}\r\n`), part, Buffer.from('\r\n')]),
    );
  const trailer = Object.entries(trailers).map(([name, value]) => `${name}:${value}\r\n`);
  return Buffer.concat([...chunks, Buffer.from(`0${signature}\r\n${trailer.join('')}\r\n`)]);
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...ends]
    .map((start, index) => bytes.subarray(start, ends[index] ?? bytes.length))
    .filter((piece) => piece.length > 0);
}

async function decode(pieces: readonly Buffer[], expectedBytes?: number) {
  const decoder = new ChunkedDecoder(expectedBytes);
  const sink = new PassThrough();
  const chunks: Buffer[] = [];
  sink.on('data', (chunk) => chunks.push(chunk));
  await pipeline(Readable.from(pieces), decoder, sink);
  return { body: Buffer.concat(chunks), trailers: decoder.trailers };
}

const anyParts = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 });
const places = fc.array(fc.nat(), { maxLength: 12 });

test('whatever was encoded is decoded, wherever the network cuts it', async () => {
  await fc.assert(
    fc.asyncProperty(anyParts, fc.boolean(), places, async (parts, isSigned, cuts) => {
      const body = Buffer.concat(parts);
      const trailers = { 'x-amz-checksum-crc32': 'AAAAAA==' };

      const decoded = await decode(cut(encode(parts, isSigned, trailers), cuts), body.length);

      expect(decoded.body.equals(body)).toBe(true);
      expect(decoded.trailers).toEqual(trailers);
    }),
  );
});

test('a body that is cut short never passes for whole', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.nat(), async (part, place) => {
      const whole = encode([part], false, {});
      const cutOff = whole.subarray(0, place % (whole.length - 4));

      await expect(decode([cutOff], part.length)).rejects.toMatchObject({ code: 'IncompleteBody' });
    }),
  );
});

test('random bytes are refused with an AWS error, or decoded', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), places, async (bytes, cuts) => {
      const outcome = await decode(cut(Buffer.from(bytes), cuts), 1_000).catch((error) => error);

      expect(['IncompleteBody', 'InvalidRequest']).toContain(outcome.code);
    }),
  );
});

test.each([
  ['no size', 'xyz\r\n'],
  ['a chunk longer than its size', '1\r\nab\r\n0\r\n\r\n'],
  ['data after the end', '0\r\n\r\nmore'],
  ['a trailer without a colon', '0\r\nnonsense\r\n\r\n'],
  ['an endless line', 'a'.repeat(20_000)],
])('%s is malformed', async (_what, text) => {
  await expect(decode([Buffer.from(text)])).rejects.toMatchObject({ code: 'InvalidRequest' });
});
