/** The interpreter and `aws-local-stepfunctions` on the same state machines and inputs, each run in a process of its own. */
import { resolve } from 'node:path';
import { measure, median } from '../processes';
import { MACHINES, type MachineName } from './machines';
import type { Rate } from './rate';

export interface ComparedRate {
  readonly machine: string;
  readonly transitions: number;
  /** Transitions a second; ours with the complete history in memory. */
  readonly rate: number;
  readonly theirRate: number;
  readonly ratio: number;
  /** The same by processor time. */
  readonly cpuRatio: number;
  readonly createMs: number;
  readonly theirCreateMs: number;
  readonly peakMb: number;
  readonly theirPeakMb: number;
}

export async function compareRates(repeats: number): Promise<ComparedRate[]> {
  const compared: ComparedRate[] = [];
  for (const machine of Object.keys(MACHINES) as MachineName[]) {
    const ours: Rate[] = [];
    const theirs: Rate[] = [];
    for (let repeat = 0; repeat < repeats; repeat++) {
      ours.push(await rateOf('ours', machine));
      theirs.push(await rateOf('theirs', machine));
    }
    const { transitions } = MACHINES[machine]();
    const of = (rates: readonly Rate[], field: keyof Rate) => median(rates.map((rate) => rate[field]));
    compared.push({
      machine,
      transitions,
      rate: (transitions * 1000) / of(ours, 'ms'),
      theirRate: (transitions * 1000) / of(theirs, 'ms'),
      ratio: of(theirs, 'ms') / of(ours, 'ms'),
      cpuRatio: of(theirs, 'cpuMs') / of(ours, 'cpuMs'),
      createMs: of(ours, 'createMs'),
      theirCreateMs: of(theirs, 'createMs'),
      peakMb: of(ours, 'peakMb'),
      theirPeakMb: of(theirs, 'peakMb'),
    });
  }
  return compared;
}

const rateOf = (whose: 'ours' | 'theirs', machine: MachineName): Promise<Rate> =>
  measure<Rate>(resolve(`test/bench/interpreter/${whose}.ts`), [machine], {}, ['--import', 'tsx']);
