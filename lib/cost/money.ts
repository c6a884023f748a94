/** Use, by prices. */
import type { RequestKind } from '../tasks/usage';
import type { Prices } from './prices';
import { awake, type Billing, gbSeconds, REDSHIFT_BILLING, ranIn, sparkHours, type Usage } from './usage';

/** What the databases are, as they are deployed. */
export interface Capacity {
  /** RPUs that Redshift Serverless begins with; absent: there is none */
  readonly redshiftRpus?: number;
  /** ACUs that Aurora has while it is awake, at the least; absent: there is none */
  readonly auroraAcus?: number;
  /** how long Aurora stays awake after its last use; absent: it never sleeps */
  readonly auroraPauseMs?: number;
}

/** Beside what the functions say of themselves. */
export interface Counts {
  readonly transitions: number;
  readonly logBytes: number;
  /** metrics by the hours in which they have values */
  readonly metricHours: number;
}

export interface CostLine {
  readonly service: string;
  readonly what: string;
  readonly amount: number;
  readonly unit: string;
  readonly usd: number;
  /** not as it is billed, but as well as it can be told */
  readonly estimated: boolean;
}

export const HOURS_OF_MONTH = 730;
const KB_OF_GB = 1024 ** 2;

/** Until when databases are billed by what was counted before. */
export interface AwakeUntil {
  readonly redshift?: number;
  readonly aurora?: number;
}

export const awakeOf = (usage: Usage, { auroraPauseMs = 0 }: Capacity, { redshift, aurora }: AwakeUntil = {}) => ({
  redshift: awake(ranIn(usage), REDSHIFT_BILLING, redshift),
  aurora: awake(usage.aurora, auroraBilling(auroraPauseMs), aurora),
});

const auroraBilling = (afterMs: number): Billing => ({ leastMs: 0, afterMs });

/** Lines that cost anything. */
export function costOf(
  usage: Usage,
  counts: Counts,
  prices: Prices,
  capacity: Capacity,
  before?: AwakeUntil,
): CostLine[] {
  const line = (service: string, what: string, amount: number, unit: string, price: number): CostLine => ({
    service,
    what,
    amount,
    unit,
    usd: amount * price,
    estimated: false,
  });
  const requests = (kind: RequestKind, service: string, what: string, unit: string, price: number) =>
    line(service, what, usage.requests[kind] ?? 0, unit, price);
  const { redshiftRpus = 0, auroraAcus = 0 } = capacity;
  const awakeFor = awakeOf(usage, capacity, before);
  const redshiftSeconds = awakeFor.redshift.ms / 1000;
  const auroraSeconds = awakeFor.aurora.ms / 1000;
  const spark = sparkHours(usage);
  const lines: CostLine[] = [
    line('Lambda', 'time', gbSeconds(usage), 'GB-seconds', prices.lambdaGbSecond),
    line('Lambda', 'invocations', usage.invocations, 'requests', prices.lambdaRequest),
    line('Step Functions', 'Standard', counts.transitions, 'state transitions', prices.stateTransition),
    line('EMR Serverless', 'vCPU', spark.vcpuHours, 'vCPU-hours', prices.sparkVcpuHour),
    line('EMR Serverless', 'memory', spark.memoryGbHours, 'GB-hours', prices.sparkGbHour),
    line('EMR Serverless', 'storage', spark.storageGbHours, 'GB-hours', prices.sparkStorageGbHour),
    {
      ...line('Redshift', 'awake', redshiftSeconds * redshiftRpus, 'RPU-seconds', prices.redshiftRpuHour / 3600),
      estimated: true,
    },
    {
      ...line('Aurora', 'awake', auroraSeconds * auroraAcus, 'ACU-seconds', prices.auroraAcuHour / 3600),
      estimated: true,
    },
    requests('rdsData', 'Aurora', 'Data API', 'requests', prices.rdsDataRequest),
    requests('s3Write', 'S3', 'PUT, LIST', 'requests', prices.s3Write),
    requests('s3Read', 'S3', 'GET', 'requests', prices.s3Read),
    requests('dynamoWrite', 'DynamoDB', 'writes', 'request units', prices.dynamoWrite),
    requests('dynamoRead', 'DynamoDB', 'reads', 'request units', prices.dynamoRead),
    requests('streamIn', 'Kinesis', 'records put', 'KB', prices.streamInGb / KB_OF_GB),
    requests('streamOut', 'Kinesis', 'records read', 'KB', prices.streamOutGb / KB_OF_GB),
    {
      ...requests(
        'streamKept',
        'Kinesis',
        'records kept',
        'KB-hours',
        prices.streamKeptGbMonth / KB_OF_GB / HOURS_OF_MONTH,
      ),
      estimated: true,
    },
    line('CloudWatch', 'logs', counts.logBytes / 1e9, 'GB', prices.logsGb),
    line('CloudWatch', 'metrics', counts.metricHours, 'metric-hours', prices.metricMonth / HOURS_OF_MONTH),
    requests('secrets', 'Secrets Manager', 'reads', 'requests', prices.secretRequest),
    requests('sns', 'SNS', 'messages', 'requests', prices.snsRequest),
    requests('events', 'EventBridge', 'events', 'events', prices.event),
  ];
  return lines.filter(({ amount }) => amount > 0);
}

export const total = (lines: readonly Pick<CostLine, 'usd'>[]): number => lines.reduce((sum, { usd }) => sum + usd, 0);
