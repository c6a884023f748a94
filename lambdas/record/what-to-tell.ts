import type { Run } from '../../lib/tasks/common';
import type { RecordInput, Told } from '../../lib/tasks/record';
import { noteSuccess } from '../shared/health';
import type { Ledger } from '../shared/ledger';

export interface Recorded {
  readonly run: Run;
  readonly checks: RecordInput['checks'];
  readonly isPartial: boolean;
  readonly rejected: number;
  readonly endedAt: string;
}

/** What a person is to hear of a run that has succeeded: its end carries it, and report-failure tells it, so that the run waits for nobody. */
export async function whatToTell(
  { run, checks, isPartial, rejected, endedAt }: Recorded,
  { ledger, tellSuccess, warn }: { ledger: Ledger; tellSuccess: boolean; warn: (line: string, error: Error) => void },
): Promise<Told[]> {
  return [
    ...(isPartial ? (['partial'] as const) : []),
    ...(rejected > 0 ? (['quarantine'] as const) : checks.warnings.length > 0 ? (['check-warning'] as const) : []),
    ...((await hasRecovered()) ? (['recovery'] as const) : []),
    ...(tellSuccess ? (['success'] as const) : []),
  ];

  async function hasRecovered(): Promise<boolean> {
    try {
      return await noteSuccess(ledger, run.pipeline, { runId: run.runId, loadKey: run.loadKey, at: endedAt });
    } catch (error) {
      warn('It is not known whether the pipeline was down', error as Error);
      return false;
    }
  }
}
