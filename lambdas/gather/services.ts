import type { S3Client } from '@aws-sdk/client-s3';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { Alert } from '../../lib/tasks/alert';
import type { GatherPlan } from '../../lib/tasks/gather';
import type { Ledger } from '../shared/ledger';

export interface GatherServices {
  readonly pipeline: string;
  readonly plan: GatherPlan;
  readonly ledger: Ledger;
  readonly s3: S3Client;
  readonly stepFunctions: SFNClient;
  readonly landingBucket: string;
  readonly workBucket: string;
  readonly stateMachineArn: string;
  /** waits until a time and invokes the function again */
  readonly timerArn: string;
  /** of the invocation: a retried one has the same */
  readonly requestId: string;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
  readonly tell: (alert: Alert) => Promise<unknown>;
  readonly log: (line: string, about?: Readonly<Record<string, unknown>>) => void;
  /** for tests: files of one run */
  readonly mostFiles?: number;
}
