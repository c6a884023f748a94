/** What stacks cost that do nothing, from their templates: what is billed by the month for being there. */
import { type Capacity, type CostLine, HOURS_OF_MONTH } from './money';
import type { Prices } from './prices';

export interface Template {
  readonly Resources?: Readonly<Record<string, TemplateResource>>;
}
interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

const resourcesOf = ({ Resources = {} }: Template, type: string): Readonly<Record<string, unknown>>[] =>
  Object.values(Resources).flatMap(({ Type, Properties = {} }) => (Type === type ? [Properties] : []));

/** Storage is not there: nobody has to store anything. */
export function atRest(template: Template, prices: Prices): CostLine[] {
  const count = (type: string) => resourcesOf(template, type).length;
  const line = (service: string, what: string, amount: number, unit: string, price: number, estimated = false) => ({
    service,
    what,
    amount,
    unit,
    usd: amount * price,
    estimated,
  });
  const endpoints = resourcesOf(template, 'AWS::EC2::VPCEndpoint')
    .filter(({ VpcEndpointType }) => VpcEndpointType === 'Interface')
    .reduce((subnets, { SubnetIds }) => subnets + (Array.isArray(SubnetIds) ? SubnetIds.length : 1), 0);
  const alwaysAwake = resourcesOf(template, 'AWS::RDS::DBCluster').reduce(
    (sum, properties) => sum + (scalingOf(properties).MinCapacity ?? 0),
    0,
  );
  // RDS makes a secret of its own for the administrator's password.
  const managed = resourcesOf(template, 'AWS::RDS::DBCluster').filter(
    ({ ManageMasterUserPassword }) => ManageMasterUserPassword === true,
  ).length;
  const sweeps = sweepsOf(template);
  return [
    line('Secrets Manager', 'secrets', count('AWS::SecretsManager::Secret') + managed, 'secrets', prices.secretMonth),
    line('CloudWatch', 'alarms', count('AWS::CloudWatch::Alarm'), 'alarms', prices.alarmMonth),
    line(
      'CloudWatch',
      'composite alarms',
      count('AWS::CloudWatch::CompositeAlarm'),
      'alarms',
      prices.compositeAlarmMonth,
    ),
    line('CloudWatch', 'dashboards', count('AWS::CloudWatch::Dashboard'), 'dashboards', prices.dashboardMonth),
    line('Kinesis', 'streams', count('AWS::Kinesis::Stream') * HOURS_OF_MONTH, 'hours', prices.streamHour),
    line('CloudWatch', 'metrics of shards', shardMetricsOf(template), 'metrics', prices.metricMonth, true),
    line('VPC', 'interface endpoints', endpoints * HOURS_OF_MONTH, 'hours', prices.interfaceEndpointHour),
    line('Aurora', 'never asleep', alwaysAwake * HOURS_OF_MONTH, 'ACU-hours', prices.auroraAcuHour),
    line('Lambda', 'by a timer', sweeps.gbSeconds, 'GB-seconds', prices.lambdaGbSecond, true),
    line('Lambda', 'by a timer', sweeps.invocations, 'requests', prices.lambdaRequest, true),
    line('Step Functions', 'by a timer', sweeps.transitions, 'state transitions', prices.stateTransition, true),
  ].filter(({ amount }) => amount > 0);
}

/** Of a stream on demand as it begins; it has more while more comes. */
const SHARDS = 4;

const shardMetricsOf = (template: Template): number =>
  resourcesOf(template, 'AWS::Kinesis::Stream').reduce(
    (sum, { DesiredShardLevelMetrics: metrics }) => sum + (Array.isArray(metrics) ? metrics.length : 0) * SHARDS,
    0,
  );

const MINUTES: Readonly<Record<string, number>> = { minute: 1, hour: 60, day: 1440 };
/** About what an invocation takes that finds nothing to do. */
const IDLE_SECONDS = 0.3;
const IDLE_GB = 0.25;

/** Functions that are invoked at a rate, whatever happens: by a rule, or each hour by way of a state machine of one state. */
function sweepsOf(template: Template) {
  const hourly = resourcesOf(template, 'AWS::Scheduler::Schedule').filter(({ ScheduleExpression }) =>
    /^cron\(\d+ \* \* \* \? \*\)$/.test(String(ScheduleExpression)),
  ).length;
  const transitions = hourly * HOURS_OF_MONTH;
  const byRules = resourcesOf(template, 'AWS::Events::Rule').reduce((sum, { ScheduleExpression }) => {
    const [, n, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(String(ScheduleExpression)) ?? [];
    return unit === undefined ? sum : sum + (HOURS_OF_MONTH * 60) / (Number(n) * MINUTES[unit]!);
  }, 0);
  const invocations = byRules + transitions;
  return { invocations: Math.round(invocations), gbSeconds: invocations * IDLE_SECONDS * IDLE_GB, transitions };
}

interface Scaling {
  readonly MinCapacity?: number;
  readonly SecondsUntilAutoPause?: number;
}
const scalingOf = ({ ServerlessV2ScalingConfiguration = {} }: Readonly<Record<string, unknown>>): Scaling =>
  ServerlessV2ScalingConfiguration as Scaling;

/** Aurora has half an ACU at the least while it is awake. */
const LEAST_ACUS = 0.5;
const DEFAULT_PAUSE_SECONDS = 300;

/** What the databases of the foundation are. */
export function capacityOf(template: Template): Capacity {
  const [workgroup] = resourcesOf(template, 'AWS::RedshiftServerless::Workgroup');
  const [cluster] = resourcesOf(template, 'AWS::RDS::DBCluster');
  const { MinCapacity = LEAST_ACUS, SecondsUntilAutoPause = DEFAULT_PAUSE_SECONDS } = scalingOf(cluster ?? {});
  return {
    ...(typeof workgroup?.BaseCapacity === 'number' ? { redshiftRpus: workgroup.BaseCapacity } : {}),
    // One that never sleeps costs at rest what its least capacity costs, and no run adds to that.
    ...(cluster && MinCapacity === 0 ? { auroraAcus: LEAST_ACUS, auroraPauseMs: SecondsUntilAutoPause * 1000 } : {}),
  };
}
