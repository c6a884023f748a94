import { alertServices } from '../shared/alerts/send';
import { dynamoDb, s3, stepFunctions } from '../shared/clients';
import { environment } from '../shared/environment';
import { readManifests } from '../shared/manifest';
import { readBytes } from '../shared/objects';
import { readList } from '../shared/run-list';
import type { TaskContext } from '../shared/task';
import type { ReportServices } from './report';

/** From the function's environment; the sweeper reports as well. */
export function reportServices(context: TaskContext): ReportServices {
  const { metric, log } = context;
  const workBucket = environment('WORK_BUCKET');
  return {
    ledger: { client: dynamoDb(), table: environment('LEDGER_TABLE') },
    stepFunctions: stepFunctions(),
    alerts: alertServices(context),
    workBucket,
    readList: (list) => readList({ s3: s3(), workBucket }, list),
    readManifests: (refs) => readManifests(s3(), workBucket, refs),
    readStart: async (key, bytes) => (await readBytes(s3(), { bucket: workBucket, key }, 0, bytes)).toString('utf8'),
    metric,
    warn: (line, error) => log.warn(line, error),
    now: Date.now,
  };
}
