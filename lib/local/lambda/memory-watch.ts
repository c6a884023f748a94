/** Watches the resident memory of function processes, since Lambda ends a function that exceeds its size. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Watched {
  readonly pid: number;
  readonly onSample: (residentMb: number) => void;
}

const SAMPLE_MS = 50;
/** Where there is no /proc a sample costs a process. */
const SAMPLE_WITH_PS_MS = 500;
const PAGE_BYTES = 4096;
const hasProc = process.platform === 'linux';

export class MemoryWatch {
  private readonly watched = new Set<Watched>();
  private timer: NodeJS.Timeout | undefined;

  /** Returns what ends the watch. */
  watch(entry: Watched): () => void {
    this.watched.add(entry);
    this.timer ??= setInterval(() => this.sample(), hasProc ? SAMPLE_MS : SAMPLE_WITH_PS_MS).unref();
    return () => {
      this.watched.delete(entry);
      if (this.watched.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    };
  }

  private sample(): void {
    if (!hasProc) {
      this.sampleWithPs();
      return;
    }
    for (const entry of this.watched) {
      const resident = residentMb(entry.pid);
      if (resident !== undefined) entry.onSample(resident);
    }
  }

  private sampleWithPs(): void {
    const pids = [...this.watched].map((entry) => entry.pid).join(',');
    execFile('ps', ['-o', 'pid=,rss=', '-p', pids], (_error, output) => {
      for (const line of output.split('\n')) {
        const [pid, kilobytes] = line.trim().split(/\s+/).map(Number);
        for (const entry of this.watched)
          if (entry.pid === pid && kilobytes !== undefined) entry.onSample(kilobytes / 1024);
      }
    });
  }
}

/** One look at a process; undefined when it is gone or the platform has no /proc. */
export function residentMb(pid: number): number | undefined {
  try {
    return (Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * PAGE_BYTES) / 1024 / 1024;
  } catch {
    return undefined;
  }
}
