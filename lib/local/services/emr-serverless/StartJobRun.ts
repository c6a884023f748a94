import { isDeepStrictEqual } from 'node:util';
import type { StartJobRunCommandInput, StartJobRunCommandOutput } from '@aws-sdk/client-emr-serverless';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { access } from './access';
import { applicationArn, EMR_PRINCIPAL, invalid, type JobRecord, jobArn, newId } from './record';
import type { EmrServerlessState } from './state';
import { readSubmitParameters } from './submit-parameters';

type Output = Omit<StartJobRunCommandOutput, '$metadata'>;

/** The same client token is the same job, whatever it has come to since. */
export const StartJobRun: OperationOf<EmrServerlessState, StartJobRunCommandInput, Output> = (state) => ({
  authorize: ({ applicationId, executionRoleArn, tags }, { cloud }) => [
    access('StartJobRun', applicationArn(cloud, applicationId)),
    ...(executionRoleArn === undefined
      ? []
      : [
          {
            action: 'iam:PassRole',
            resource: executionRoleArn,
            context: { 'iam:PassedToService': EMR_PRINCIPAL },
          },
        ]),
    ...(tags && Object.keys(tags).length > 0 ? [access('TagResource', jobArn(cloud, applicationId, '*'))] : []),
  ],

  async handle(given, { cloud, principal }) {
    requireMembers(given, 'applicationId', 'clientToken', 'executionRoleArn');
    const { applicationId, clientToken, tags = {}, ...input } = given;
    const application = state().application(applicationId);
    assertRunnable(input);
    const known = [...state().jobs.values()].find(
      (job) => job.applicationId === applicationId && job.clientToken === clientToken,
    );
    if (known) {
      if (!isDeepStrictEqual(plain(known.input), plain(input)))
        throw new AwsError('ConflictException', 'The client token was used with other parameters.', 409);
      return { applicationId, jobRunId: known.id, arn: known.arn };
    }
    const { autoStartConfiguration, releaseLabel = '' } = application.input;
    if (autoStartConfiguration?.enabled === false && application.state !== 'STARTED')
      throw invalid(`Application ${applicationId} is not started, and does not start by itself.`);
    const id = newId();
    const now = cloud.clock.now();
    const job: JobRecord = {
      id,
      arn: jobArn(cloud, applicationId, id),
      applicationId,
      input,
      clientToken,
      releaseLabel,
      createdBy: principal.kind === 'role' ? principal.roleArn : `arn:aws:iam::${cloud.account}:root`,
      state: 'SUBMITTED',
      stateDetails: '',
      tags,
      createdAt: now,
      updatedAt: now,
    };
    await state().jobs.set(id, job);
    state().start(job);
    return { applicationId, jobRunId: id, arn: job.arn };
  },
});

/** @throws ValidationException */
function assertRunnable({ jobDriver, mode, retryPolicy }: JobRecord['input']): void {
  if (jobDriver?.hive) throw invalid('The local cloud runs Spark jobs only.');
  const entryPoint = jobDriver?.sparkSubmit?.entryPoint;
  if (!entryPoint) throw invalid('jobDriver.sparkSubmit.entryPoint must not be empty.');
  if (mode === 'STREAMING') throw invalid('The local cloud runs job runs of the mode BATCH only.');
  if ((retryPolicy?.maxAttempts ?? 1) > 1) throw invalid('The local cloud makes one attempt of a job run.');
  readSubmitParameters(jobDriver?.sparkSubmit?.sparkSubmitParameters);
}

/** As it is read back from disk. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
