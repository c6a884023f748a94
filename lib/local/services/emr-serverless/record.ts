/** Applications and job runs as they are kept, and as the API shows them. */

import { randomInt } from 'node:crypto';
import type {
  Application,
  ApplicationState,
  CreateApplicationRequest,
  JobRun,
  JobRunState,
  ResourceUtilization,
  StartJobRunRequest,
} from '@aws-sdk/client-emr-serverless';
import { AwsError, type CloudContext } from '../../service';

export const EMR_PRINCIPAL = 'emr-serverless.amazonaws.com';

export interface ApplicationRecord {
  readonly id: string;
  readonly arn: string;
  readonly input: Omit<CreateApplicationRequest, 'clientToken' | 'tags'>;
  readonly clientToken: string;
  readonly state: ApplicationState;
  readonly stateDetails?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface JobRecord {
  readonly id: string;
  readonly arn: string;
  readonly applicationId: string;
  readonly input: Omit<StartJobRunRequest, 'applicationId' | 'clientToken' | 'tags'>;
  readonly clientToken: string;
  readonly releaseLabel: string;
  readonly createdBy: string;
  readonly state: JobRunState;
  readonly stateDetails: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly used?: ResourceUtilization;
  readonly billed?: ResourceUtilization;
}

export const ENDED: ReadonlySet<JobRunState> = new Set<JobRunState>(['SUCCESS', 'FAILED', 'CANCELLED']);

/** Minutes: what a job run may take unless told. */
const DEFAULT_TIMEOUT_MINUTES = 720;

/** Sixteen digits and letters, as AWS's. */
export const newId = (): string =>
  `00${Array.from({ length: 14 }, () => '0123456789abcdefghijklmnopqrstuv'[randomInt(32)]).join('')}`;

export const applicationArn = ({ region, account }: CloudContext, id = ''): string =>
  `arn:aws:emr-serverless:${region}:${account}:/applications/${id}`;

export const jobArn = (cloud: CloudContext, applicationId = '', id = ''): string =>
  `${applicationArn(cloud, applicationId)}/jobruns/${id}`;

export const invalid = (message: string) => new AwsError('ValidationException', message);

export const notFound = (what: string, id: string | undefined) =>
  new AwsError('ResourceNotFoundException', `${what} ${id} does not exist.`, 404);

export function shownApplication({ id, arn, input, state, stateDetails, ...record }: ApplicationRecord): Application {
  return {
    applicationId: id,
    arn,
    ...input,
    state,
    ...(stateDetails === undefined ? {} : { stateDetails }),
    autoStartConfiguration: { enabled: true, ...input.autoStartConfiguration },
    autoStopConfiguration: { enabled: true, idleTimeoutMinutes: 15, ...input.autoStopConfiguration },
    architecture: input.architecture ?? 'X86_64',
    type: 'Spark',
    createdAt: new Date(record.createdAt),
    updatedAt: new Date(record.updatedAt),
    tags: { ...record.tags },
  } as Application;
}

export function shownJob({ id, arn, input, used, billed, ...record }: JobRecord): JobRun {
  const { startedAt, endedAt } = record;
  return {
    applicationId: record.applicationId,
    jobRunId: id,
    ...(input.name === undefined ? {} : { name: input.name }),
    arn,
    createdBy: record.createdBy,
    createdAt: new Date(record.createdAt),
    updatedAt: new Date(record.updatedAt),
    executionRole: input.executionRoleArn,
    state: record.state,
    stateDetails: record.stateDetails,
    releaseLabel: record.releaseLabel,
    ...(input.configurationOverrides === undefined ? {} : { configurationOverrides: input.configurationOverrides }),
    jobDriver: input.jobDriver,
    tags: { ...record.tags },
    ...(used === undefined ? {} : { totalResourceUtilization: used }),
    networkConfiguration: {},
    ...(startedAt === undefined ? {} : { startedAt: new Date(startedAt) }),
    ...(endedAt === undefined
      ? {}
      : {
          endedAt: new Date(endedAt),
          totalExecutionDurationSeconds: startedAt === undefined ? 0 : Math.ceil((endedAt - startedAt) / 1000),
        }),
    executionTimeoutMinutes: input.executionTimeoutMinutes ?? DEFAULT_TIMEOUT_MINUTES,
    ...(billed === undefined ? {} : { billedResourceUtilization: billed }),
    mode: 'BATCH',
    retryPolicy: { maxAttempts: 1 },
    attempt: 1,
    attemptCreatedAt: new Date(record.createdAt),
    attemptUpdatedAt: new Date(record.updatedAt),
  } as JobRun;
}

/** 0: none. */
export const timeoutMinutesOf = ({ input }: Pick<JobRecord, 'input'>): number =>
  input.executionTimeoutMinutes ?? DEFAULT_TIMEOUT_MINUTES;
