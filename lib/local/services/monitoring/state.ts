import { join } from 'node:path';
import type { CloudContext } from '../../service';
import { openTable, type Table } from '../../store';
import type { State } from '../stateful';
import { type Alarms, openAlarms } from './alarms';
import { type MetricStore, openMetricStore } from './series';

export interface Dashboard {
  readonly name: string;
  readonly body: string;
  readonly modifiedAt: number;
}

export interface MonitoringState extends State {
  readonly metrics: MetricStore;
  readonly alarms: Alarms;
  readonly dashboards: Table<Dashboard>;
}

export async function openMonitoring(cloud: CloudContext, folder: string): Promise<MonitoringState> {
  const metrics = await openMetricStore(join(folder, 'metrics.ndjson'), () => cloud.clock.now());
  const alarms = await openAlarms(cloud, folder, metrics);
  const dashboards = await openTable<Dashboard>(join(folder, 'dashboards.ndjson'));
  return {
    metrics,
    alarms,
    dashboards,
    ready: () => alarms.ready(),
    async close() {
      await alarms.close();
      await metrics.close();
      await dashboards.close();
    },
  };
}

export const dashboardArn = ({ account }: CloudContext, name: string) =>
  `arn:aws:cloudwatch::${account}:dashboard/${name}`;
