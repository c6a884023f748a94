/** From what Lambda and the functions write into a log to what was used: exact, as it is what the bill is made from. */
import type { UsageLine } from '../tasks/usage';
import { NOTHING_USED, sumOf, type Usage } from './usage';

export interface LogEvent {
  /** ms since 1970 */
  readonly timestamp: number;
  readonly message: string;
}

interface Report {
  readonly requestId: string;
  readonly billedMs: number;
  readonly memoryMb: number;
}

const REPORT = /^REPORT RequestId: (\S+)\s.*Billed Duration: (\d+) ms\s+Memory Size: (\d+) MB/s;

/** Lambda's own line of an invocation. */
export function readReport(message: string): Report | undefined {
  const [, requestId, ms, memory] = REPORT.exec(message) ?? [];
  return requestId === undefined ? undefined : { requestId, billedMs: Number(ms), memoryMb: Number(memory) };
}

/** What CloudWatch Logs adds to each event that it takes in. */
const EVENT_BYTES = 26;

interface Invocation {
  at: number;
  /** of the function */
  readonly label: string;
  report?: Report;
  line?: UsageLine;
}

export interface RunUsage {
  readonly runId: string;
  /** ms since 1970: of its first line */
  readonly firstAt: number;
  readonly usage: Usage;
}

/** Reads log events of all functions of a pipeline, in any order, and adds up. */
export class Meter {
  private readonly invocations = new Map<string, Invocation>();
  /** by hour since 1970 */
  private readonly metrics = new Map<number, Set<string>>();
  private rowsRead = 0;
  bytes = 0;

  /** `label`: of the function whose log it is in */
  add({ timestamp, message }: LogEvent, label = ''): void {
    this.bytes += Buffer.byteLength(message) + EVENT_BYTES;
    const report = readReport(message);
    if (report) {
      this.of(report.requestId, timestamp, label).report = report;
      return;
    }
    if (!message.startsWith('{"usage"') && !message.includes('"_aws"')) return;
    const document = parsed(message);
    if (document?.usage && document.requestId !== undefined) {
      this.of(document.requestId, timestamp, label).line = document as UsageLine;
    } else if (document?._aws) this.addMetrics(document as EmfLine, timestamp);
  }

  /** A metric is billed by the hours in which it has a value. */
  private addMetrics(line: EmfLine, timestamp: number): void {
    const hour = Math.floor(timestamp / 3_600_000);
    const known = this.metrics.get(hour) ?? new Set();
    this.metrics.set(hour, known);
    for (const { Namespace, Dimensions = [], Metrics = [] } of line._aws.CloudWatchMetrics ?? []) {
      for (const names of Dimensions) {
        const where = names.map((name) => `${name}=${String(line[name])}`).join(',');
        for (const { Name } of Metrics) known.add(`${Namespace} ${where} ${Name}`);
      }
    }
    if (typeof line.RowsExtracted === 'number') this.rowsRead += line.RowsExtracted;
  }

  private of(requestId: string, timestamp: number, label: string): Invocation {
    const known = this.invocations.get(requestId);
    if (known) {
      known.at = Math.min(known.at, timestamp);
      return known;
    }
    const made: Invocation = { at: timestamp, label };
    this.invocations.set(requestId, made);
    return made;
  }

  /** Rows that runs have read, bad ones too. */
  get rows(): number {
    return this.rowsRead;
  }

  /** A metric for a whole hour is one. */
  get hoursOfMetrics(): number {
    return [...this.metrics.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** How many metrics had values in an hour since 1970. */
  metricsIn(hour: number): number {
    return this.metrics.get(hour)?.size ?? 0;
  }

  /** How often each function has run, as Lambda reports it. */
  invocationsByLabel(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { label, report } of this.invocations.values())
      if (report) counts.set(label, (counts.get(label) ?? 0) + 1);
    return counts;
  }

  /** Whosever it is. */
  all(): Usage {
    return sumOf([...this.invocations.values()].map(usageOf));
  }

  /**
   * By run, the latest first. `killed`: invocations that could not say whose they were, with their runs, as the runs' histories tell.
   * What none of them claims is `others`: of a run that is not named in the log, or of none.
   */
  byRun(killed: ReadonlyMap<string, string> = new Map()): { readonly runs: RunUsage[]; readonly others: Usage } {
    const owners = this.ownersOfStatements();
    const found = new Map<string, { firstAt: number; usages: Usage[] }>();
    const others: Usage[] = [];
    for (const [requestId, invocation] of this.invocations) {
      const runId = invocation.line?.runId ?? killed.get(requestId) ?? ownerOf(invocation.line, owners);
      const usage = usageOf(invocation);
      if (runId === undefined) {
        others.push(usage);
        continue;
      }
      const run = found.get(runId) ?? { firstAt: invocation.at, usages: [] };
      run.firstAt = Math.min(run.firstAt, invocation.at);
      run.usages.push(usage);
      found.set(runId, run);
    }
    const runs = [...found].map(([runId, { firstAt, usages }]) => ({ runId, firstAt, usage: sumOf(usages) }));
    return { runs: runs.sort((a, b) => b.firstAt - a.firstAt), others: sumOf(others) };
  }

  /** Whoever hears of the end of a statement knows no run; who has submitted it does. */
  private ownersOfStatements(): Map<string, string> {
    const owners = new Map<string, string>();
    for (const { line } of this.invocations.values()) {
      if (line?.runId === undefined) continue;
      for (const id of Object.keys(line.usage.redshift ?? {})) owners.set(id, line.runId);
    }
    return owners;
  }
}

function ownerOf(line: UsageLine | undefined, owners: ReadonlyMap<string, string>): string | undefined {
  return Object.keys(line?.usage.redshift ?? {})
    .map((id) => owners.get(id))
    .find((owner) => owner !== undefined);
}

function usageOf({ report, line }: Invocation): Usage {
  const { requests = {}, redshift = {}, aurora, spark = {} } = line?.usage ?? {};
  return {
    ...NOTHING_USED,
    ...(report ? { invocations: 1, billedMs: report.billedMs, mbMs: report.billedMs * report.memoryMb } : {}),
    requests,
    redshift,
    aurora: aurora ? [aurora] : [],
    spark,
  };
}

interface EmfLine {
  readonly _aws: {
    readonly CloudWatchMetrics?: readonly {
      readonly Namespace: string;
      readonly Dimensions?: readonly (readonly string[])[];
      readonly Metrics?: readonly { readonly Name: string }[];
    }[];
  };
  readonly [member: string]: unknown;
}

function parsed(message: string): (Partial<UsageLine> & { readonly _aws?: unknown }) | undefined {
  try {
    return JSON.parse(message.slice(message.indexOf('{'))) as Partial<UsageLine>;
  } catch {
    return undefined;
  }
}
