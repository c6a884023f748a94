/**
 * Streams whose chunks belong to nobody else, so that their memory can be given back as soon as they are sent. V8 collects
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

let nowhere: MessagePort | undefined;

function release(buffer: Buffer): void {
  const memory = buffer.buffer as ArrayBuffer & { transfer?: (length: number) => ArrayBuffer };
  // Less may be a part of memory that others use.
  if (buffer.length * 2 < memory.byteLength) return;
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
