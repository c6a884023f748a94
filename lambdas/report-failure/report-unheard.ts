import { type ExecutionListItem, type ExecutionStatus, ListExecutionsCommand } from '@aws-sdk/client-sfn';
import * as z from 'zod/mini';
import { isSent } from '../shared/alerts/claim';
import { ledgerKeys } from '../shared/ledger';
import { failureKey } from './compose-failure';
import { type ReportServices, reportFailure } from './report';

/** What CloudWatch gives a function that is an alarm's action. */
export const alarmEvent = z.object({
  alarmArn: z.string(),
  alarmData: z.object({ alarmName: z.string(), state: z.object({ value: z.string() }) }),
});

const ENDS = ['FAILED', 'TIMED_OUT', 'ABORTED'] as const satisfies readonly ExecutionStatus[];
/** An alarm goes off within minutes. */
const LOOK_BACK_MS = 2 * 3_600_000;

/**
 * An alarm says that runs have failed: each that nobody has told of is told of, as by its event. Step Functions sends events as best it
 * can, and the sweeper knows only of runs that have come as far as the ledger.
 */
export async function reportUnheard(
  pipeline: string,
  stateMachineArn: string,
  services: ReportServices,
): Promise<number> {
  const since = services.now() - LOOK_BACK_MS;
  let reported = 0;
  for (const status of ENDS) {
    const { executions = [] } = await services.stepFunctions.send(
      new ListExecutionsCommand({ stateMachineArn, statusFilter: status, maxResults: 100 }),
    );
    for (const execution of executions.filter(({ stopDate }) => (stopDate?.getTime() ?? 0) >= since)) {
      if (await isTold(pipeline, status, execution, services)) continue;
      const { executionArn = '', name = '', startDate, stopDate, redriveCount } = execution;
      const outcome = await reportFailure(
        pipeline,
        {
          detail: {
            executionArn,
            name,
            status,
            startDate: startDate?.getTime() ?? null,
            stopDate: stopDate?.getTime() ?? null,
            redriveCount: redriveCount ?? 0,
          },
        },
        services,
      );
      if (outcome.startsWith('reported') && outcome !== 'reported before') reported += 1;
    }
  }
  return reported;
}

const isTold = (
  pipeline: string,
  status: (typeof ENDS)[number],
  { name = '', redriveCount = 0 }: ExecutionListItem,
  { ledger }: ReportServices,
): Promise<boolean> => isSent(ledgerKeys.alert(pipeline, 'failure', failureKey(name, redriveCount, status)), ledger);
