/** Memory of a process that has started and now waits. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Collects what the start has left behind, and gives its pages back: V8 does so by itself only when it needs room, and the local cloud may
 * wait for hours. Takes about 50 ms, in which nothing is answered.
 */
export function returnMemory(): void {
  setFlagsFromString('--expose_gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose_gc');
  collect();
}
