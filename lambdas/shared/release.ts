/**
 * Gives the memory of buffers that were received or sent back before they grow old. V8 collects all garbage again and again while buffers come
 * and go by the megabyte: an eighth of an extract's processor time at 1 GB, and 60 MB of its memory.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';

/** Smaller buffers may share their memory with others. */
const OWN_MEMORY_BYTES = 16 * 1024;

let waiting: Buffer[] = [];
let nowhere: MessagePort | undefined;

/**
 * For what came off a socket, or went into one, and nobody needs any more: the buffer, and every view of its memory, is empty soon. Not at once,
 * since the HTTP parser that has handed it out is still at work on the same memory.
 */
export function releaseSoon(buffer: Buffer): void {
  if (buffer.buffer.byteLength < OWN_MEMORY_BYTES || buffer.length * 2 < buffer.buffer.byteLength) return;
  if (waiting.length === 0) setImmediate(releaseAll);
  waiting.push(buffer);
}

function releaseAll(): void {
  const buffers = waiting;
  waiting = [];
  for (const buffer of buffers) release(buffer);
}

function release(buffer: Buffer): void {
  const memory = buffer.buffer as ArrayBuffer & { transfer?: (length: number) => ArrayBuffer };
  if (memory.byteLength === 0) return;
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
