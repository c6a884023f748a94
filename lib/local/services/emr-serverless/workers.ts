/** What a job asks of workers, as its parameters say it, and what they cost. */
import type { ResourceUtilization } from '@aws-sdk/client-emr-serverless';

export interface Worker {
  readonly cores: number;
  /** with the overhead beside the heap */
  readonly memoryGb: number;
  readonly diskGb: number;
}

export interface Workers {
  readonly driver: Worker;
  readonly executor: Worker;
  /** how many there may be */
  readonly executors: number;
}

/** Of each: an EMR Serverless job has them unless told. */
const DEFAULTS = { cores: 4, memory: '14g', disk: '20g', executors: 3 };
const LEAST_OVERHEAD_MB = 384;
const OVERHEAD = 0.1;

export function workersOf(confs: ReadonlyMap<string, string>): Workers {
  const worker = (role: 'driver' | 'executor'): Worker => {
    const heapMb = megabytes(confs.get(`spark.${role}.memory`) ?? DEFAULTS.memory);
    const overhead = confs.get(`spark.${role}.memoryOverhead`);
    const overheadMb = overhead === undefined ? Math.max(LEAST_OVERHEAD_MB, heapMb * OVERHEAD) : megabytes(overhead);
    return {
      cores: Number(confs.get(`spark.${role}.cores`) ?? DEFAULTS.cores),
      memoryGb: Math.ceil((heapMb + overheadMb) / 1024 - 0.01),
      diskGb: megabytes(confs.get(`spark.emr-serverless.${role}.disk`) ?? DEFAULTS.disk) / 1024,
    };
  };
  const executors = confs.get('spark.dynamicAllocation.maxExecutors') ?? confs.get('spark.executor.instances');
  return { driver: worker('driver'), executor: worker('executor'), executors: Number(executors ?? DEFAULTS.executors) };
}

/** The heap that one JVM has here, where the driver is the executors as well; no more than the machine can give. */
export function localHeapMb(confs: ReadonlyMap<string, string>, machineMb: number): number {
  const of = (role: string) => megabytes(confs.get(`spark.${role}.memory`) ?? DEFAULTS.memory);
  return Math.floor(Math.min(Math.max(of('driver'), of('executor')), machineMb * 0.6));
}

/** `14g`, `2048m`, `20G`; a bare number is MiB. */
export function megabytes(text: string): number {
  const [, amount = '0', unit = 'm'] = /^\s*(\d+)\s*([kmgt]?)b?\s*$/i.exec(text) ?? [];
  return Number(amount) * ({ k: 1 / 1024, m: 1, g: 1024, t: 1024 * 1024 }[unit.toLowerCase() || 'm'] ?? 1);
}

/** Storage that every worker has for nothing. */
const FREE_DISK_GB = 20;
/** Seconds: a worker is billed by the second, for a minute at the least. */
const LEAST_BILLED_SECONDS = 60;

/** As if the workers that the job may have had all been there from its start to its end. */
export function utilization({ driver, executor, executors }: Workers, ms: number) {
  const all = [driver, ...Array.from({ length: executors }, () => executor)];
  const of = (hours: number, disk: (worker: Worker) => number): ResourceUtilization => ({
    vCPUHour: round(all.reduce((sum, { cores }) => sum + cores, 0) * hours),
    memoryGBHour: round(all.reduce((sum, { memoryGb }) => sum + memoryGb, 0) * hours),
    storageGBHour: round(all.reduce((sum, worker) => sum + disk(worker), 0) * hours),
  });
  const seconds = Math.ceil(ms / 1000);
  return {
    used: of(seconds / 3600, ({ diskGb }) => diskGb),
    billed: of(Math.max(LEAST_BILLED_SECONDS, seconds) / 3600, ({ diskGb }) => Math.max(0, diskGb - FREE_DISK_GB)),
  };
}

const round = (value: number): number => Math.round(value * 1000) / 1000;

/** In AWS's words; undefined where a driver and one executor fit. */
export function exceeds(
  most: { readonly cpu?: string | undefined; readonly memory?: string | undefined } | undefined,
  { driver, executor }: Workers,
): string | undefined {
  if (most === undefined) return undefined;
  const amount = (text: string | undefined) => (text === undefined ? Infinity : Number.parseFloat(text));
  if (driver.cores + executor.cores <= amount(most.cpu) && driver.memoryGb + executor.memoryGb <= amount(most.memory))
    return undefined;
  return `Worker could not be allocated as the application has exceeded maximumCapacity settings: [cpu: ${most.cpu}, memory: ${most.memory}]`;
}
