/**
 * Ends function processes whose host is gone, however it ended. Each of them sees its stdin close, unless its handler is in an endless
 * loop: so one shell holds a pipe that we keep open, and kills those that are left when it closes. It costs a megabyte for all functions;
 * a thread in each of them was 60 ms of a cold start's 150.
 */
import { type ChildProcess, spawn } from 'node:child_process';

/** Each line has the process ids of all functions that run: the last one counts. */
const SCRIPT = `
trap '' HUP INT TERM
while read -r line; do pids=$line; done
[ -z "$pids" ] || kill -9 $pids
`;

export class Watchdog {
  private readonly pids = new Set<number>();
  private shell: ChildProcess | undefined;

  add(pid: number): void {
    this.pids.add(pid);
    this.tell();
  }

  remove(pid: number): void {
    if (this.pids.delete(pid)) this.tell();
  }

  /** What still runs ends with it. */
  stop(): void {
    this.shell?.stdin?.end();
    this.shell = undefined;
  }

  private tell(): void {
    // There a thread in each function watches.
    if (process.platform === 'win32') return;
    this.shell ??= this.start();
    this.shell.stdin?.write(`${[...this.pids].join(' ')}\n`);
  }

  private start(): ChildProcess {
    // A process group of its own: Ctrl-C is for us.
    const shell = spawn('/bin/sh', ['-c', SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    const forget = () => {
      if (this.shell === shell) this.shell = undefined;
    };
    shell.on('error', forget).on('exit', forget);
    shell.stdin.on('error', () => {});
    shell.unref();
    return shell;
  }
}
