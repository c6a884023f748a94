/**
 * Streams whose chunks belong to nobody else, so that their memory can serve again as soon as they are sent. V8 collects
 * garbage in full whenever another 64 MB of buffers have come and gone: half of what serving a large object cost.
 */
import type { Readable, Writable } from 'node:stream';
import { MessageChannel, type MessagePort } from 'node:worker_threads';

const disposables = new WeakSet<Readable>();

/** Says that nobody looks at the stream's chunks after they were sent. */
export function disposable<S extends Readable>(stream: S): S {
  disposables.add(stream);
  return stream;
}

export const isDisposable = (stream: Readable): boolean => disposables.has(stream);

/** Like `pipeline`, one chunk after the other. */
export async function sendAndRelease(body: Readable, to: Writable): Promise<void> {
  for await (const chunk of body) {
    await new Promise<void>((resolve, reject) => {
      to.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
    release(chunk as Buffer);
  }
  to.end();
}

/** Of this size chunks' memory is kept. */
const KEPT_BYTES = 1024 * 1024;
const MOST_KEPT = 16;
const kept: ArrayBuffer[] = [];

/** For a chunk of a disposable stream. */
export function memoryOf(bytes: number): Buffer {
  const again = bytes === KEPT_BYTES ? kept.pop() : undefined;
  return again ? Buffer.from(again) : Buffer.allocUnsafeSlow(bytes);
}

let nowhere: MessagePort | undefined;

function release(buffer: Buffer): void {
  const memory = buffer.buffer as ArrayBuffer & { transfer?: (length: number) => ArrayBuffer };
  // Less may be a part of memory that others use.
  if (buffer.length * 2 < memory.byteLength) return;
  if (memory.byteLength === KEPT_BYTES && kept.length < MOST_KEPT) {
    kept.push(memory);
    return;
  }
  if (memory.transfer) {
    memory.transfer(0);
    return;
  }
  // Node.js 20 has no `transfer`; what is sent to a closed port is gone as well.
  if (!nowhere) {
    const { port1, port2 } = new MessageChannel();
    port2.close();
    nowhere = port1;
    nowhere.unref();
  }
  nowhere.postMessage(null, [memory]);
}
