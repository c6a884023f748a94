/** The processes of a function of a local cloud, which come and go, as Linux tells of them; elsewhere there are none. */
import { readdirSync, readFileSync } from 'node:fs';

const EVERY_MS = 250;
/** of processor time */
const TICK_MS = 10;

export class Functions {
  /** resident memory of the largest */
  peakMb = 0;
  private readonly ticks = new Map<string, number>();
  private readonly timer: NodeJS.Timeout;

  /** @param name what the function's name has in it */
  constructor(
    private readonly cloud: number,
    private readonly name: string,
  ) {
    this.look();
    this.timer = setInterval(() => this.look(), EVERY_MS);
  }

  cpuMs(): number {
    return [...this.ticks.values()].reduce((sum, one) => sum + one, 0) * TICK_MS;
  }

  stop(): void {
    clearInterval(this.timer);
    this.look();
  }

  private look(): void {
    for (const pid of children(this.cloud)) {
      try {
        const [, name = ''] =
          /AWS_LAMBDA_FUNCTION_NAME=([^\0]*)/.exec(readFileSync(`/proc/${pid}/environ`, 'latin1')) ?? [];
        if (!name.includes(this.name)) continue;
        const [, peakKb = 0] = /VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
        this.peakMb = Math.max(this.peakMb, Number(peakKb) / 1024);
        const fields = fieldsOf(pid);
        this.ticks.set(pid, Number(fields[11]) + Number(fields[12]));
      } catch {
        // It has ended meanwhile.
      }
    }
  }
}

function children(parent: number): string[] {
  let pids: string[];
  try {
    pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
  return pids.filter((pid) => {
    try {
      return Number(fieldsOf(pid)[1]) === parent;
    } catch {
      return false;
    }
  });
}

/** Those after the command's name, which may hold blanks. */
const fieldsOf = (pid: string): string[] => readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)!.split(' ');
