/** Unpacks a deployment package. Zip files of at most 4 GB; no encryption, as Lambda asks for. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { inflateRawSync } from 'node:zlib';

export class InvalidZip extends Error {
  constructor(reason: string) {
    super(`Could not unzip uploaded file: ${reason}`);
    this.name = 'InvalidZip';
  }
}

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;

export async function unzip(zip: Buffer, directory: string): Promise<void> {
  const root = resolve(directory);
  await mkdir(root, { recursive: true });
  for (const { name, read, mode } of entriesOf(zip)) {
    const target = join(root, name);
    if (target !== root && !target.startsWith(root + sep)) throw new InvalidZip(`${name} lies outside of the package`);
    if (name.endsWith('/')) await mkdir(target, { recursive: true });
    else {
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, read(), { mode: mode & 0o111 ? 0o755 : 0o644 });
    }
  }
}

function* entriesOf(zip: Buffer): Generator<{ name: string; mode: number; read: () => Buffer }> {
  const end = findEnd(zip);
  let position = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (position + ENTRY_BYTES > zip.length || zip.readUInt32LE(position) !== ENTRY_SIGNATURE)
      throw new InvalidZip('damaged directory');
    const method = zip.readUInt16LE(position + 10);
    const packedBytes = zip.readUInt32LE(position + 20);
    const nameBytes = zip.readUInt16LE(position + 28);
    const extraBytes = zip.readUInt16LE(position + 30) + zip.readUInt16LE(position + 32);
    const local = zip.readUInt32LE(position + 42);
    const name = zip.toString('utf8', position + ENTRY_BYTES, position + ENTRY_BYTES + nameBytes);
    const start = local + LOCAL_BYTES + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const packed = zip.subarray(start, start + packedBytes);
    if (method !== 0 && method !== 8) throw new InvalidZip(`${name} uses compression method ${method}`);
    yield {
      name,
      mode: zip.readUInt32LE(position + 38) >>> 16,
      read: () => (method === 0 ? packed : inflateRawSync(packed)),
    };
    position += ENTRY_BYTES + nameBytes + extraBytes;
  }
}

function findEnd(zip: Buffer): number {
  for (
    let position = zip.length - END_BYTES;
    position >= 0 && position >= zip.length - END_BYTES - 65_535;
    position -= 1
  )
    if (zip.readUInt32LE(position) === END_SIGNATURE) return position;
  throw new InvalidZip('it is no zip file');
}
