import { ErrorName } from '../../../asl/errors';
import { Data } from '../data';
import { runtimeError, StatesError } from '../errors';
import type { Frame } from '../frame';
import { TASK_ABORTED } from '../invoker';
import { leftProblems } from '../jsonpath/template';
import type { Resource } from '../resource';
import type { StateProgress } from '../resume';
import type { Work } from '../run';
import { sleep } from '../sleep';

/** One attempt of a Task, on whichever side of a restart. */
interface Attempt {
  readonly event: number;
  readonly parameters: Data;
  readonly scheduledAt: number;
  readonly timeoutSeconds: number | undefined;
  readonly heartbeatSeconds: number | undefined;
  readonly token: string | undefined;
  /** Of an activity: when a worker took it; what limits its time counts from then. */
  readonly takenAt?: number;
  /** What the call is made as, where that is not the state machine's role. */
  readonly taskRoleArn: string | undefined;
  /** The request is answered already: what is awaited is the token, or the job's end. */
  readonly submitted: Data | undefined;
}

export async function runTask(frame: Frame, progress?: StateProgress): Promise<Work> {
  const phase = progress?.phase;
  if (phase?.kind === 'succeeded') return { result: phase.result };
  let attempt: Attempt;
  if (phase?.kind === 'scheduled') {
    // Tried again as the same attempt: its function may have been half way through when the process was killed.
    const scheduled = frame.thread.execution.events[phase.event - 1]!;
    const { timeoutInSeconds, heartbeatInSeconds, parameters, input, taskCredentials } =
      scheduled.details as ScheduledDetails;
    frame.token = scheduled.extra?.token;
    frame.renew();
    attempt = {
      event: phase.event,
      parameters: Data.parse(parameters ?? input ?? '{}'),
      // A token may have been waited for all the time; a call begins anew.
      scheduledAt: phase.submitted ? scheduled.at : frame.thread.execution.host.clock.now(),
      timeoutSeconds: timeoutInSeconds,
      heartbeatSeconds: heartbeatInSeconds,
      token: frame.token,
      taskRoleArn: taskCredentials?.roleArn,
      submitted: phase.submitted,
      ...(phase.startedAt === undefined ? {} : { takenAt: phase.startedAt }),
    };
    if (!phase.started && !isActivity(frame))
      frame.thread.execution.record(frame.thread, eventNames(frame).started, startedDetails(frame));
  } else {
    attempt = await schedule(frame);
  }
  return { result: await perform(frame, attempt) };
}

interface ScheduledDetails {
  readonly parameters?: string;
  readonly input?: string;
  readonly timeoutInSeconds?: number;
  readonly heartbeatInSeconds?: number;
  readonly taskCredentials?: { readonly roleArn: string };
}

const isActivity = ({ state }: Frame): boolean => state.resource!.kind === 'activity';

async function schedule(frame: Frame): Promise<Attempt> {
  const { state, thread } = frame;
  const { execution } = thread;
  const { host } = execution;
  const resource = state.resource!;
  const token = resource.pattern === 'waitForTaskToken' ? host.newToken(execution.identity.executionArn) : undefined;
  frame.token = token;
  frame.renew();

  const { environment } = frame;
  const timeoutSeconds = await state.timeoutSeconds?.(environment);
  const heartbeatSeconds = await state.heartbeatSeconds?.(environment);
  const parameters = frame.checkSize(
    frame.data(await state.effectiveInput(environment)),
    `The state '${state.name}' provided input with a size exceeding the maximum number of bytes service limit.`,
  );
  await checkParameters(frame, parameters);
  const credentials = (await state.credentials?.(environment)) as { readonly RoleArn: string } | undefined;
  const taskRoleArn = credentials?.RoleArn;
  const limits = {
    ...(taskRoleArn === undefined ? {} : { taskCredentials: { roleArn: taskRoleArn } }),
    ...(timeoutSeconds === undefined ? {} : { timeoutInSeconds: timeoutSeconds }),
    ...(heartbeatSeconds === undefined ? {} : { heartbeatInSeconds: heartbeatSeconds }),
  };
  const { scheduled, started } = eventNames(frame);
  const details =
    resource.kind === 'integration'
      ? {
          parameters: parameters.json,
          region: host.region,
          resource: resource.resource,
          resourceType: resource.resourceType,
          ...limits,
        }
      : { input: parameters.json, resource: resource.arn, ...limits };
  thread.scope.check();
  if (isActivity(frame) && host.activities?.exists(resource.arn) !== true) {
    const missing = { error: 'ActivityDoesNotExist', cause: `Activity Does Not Exist: '${resource.arn}'` };
    execution.record(thread, 'ActivityScheduleFailed', missing);
    throw new StatesError(missing.error, missing.cause);
  }
  const event = execution.record(thread, scheduled, details, token === undefined ? undefined : { token });
  // An activity starts when a worker takes it.
  if (!isActivity(frame)) execution.record(thread, started, startedDetails(frame));
  const scheduledAt = execution.events[event - 1]!.at;
  return { event, parameters, scheduledAt, timeoutSeconds, heartbeatSeconds, token, taskRoleArn, submitted: undefined };
}

/** A call that its service's API could not take is not even scheduled. */
async function checkParameters({ state, thread }: Frame, parameters: Data): Promise<void> {
  const found = thread.execution.host.problems?.(state.resource!, parameters.value) ?? [];
  const problems = [...(found instanceof Promise ? await found : found)];
  // Hardly any has such a key, and a look at the text costs little.
  if (state.language === 'JSONPath' && state.resource!.kind === 'integration' && parameters.json.includes('.$"')) {
    problems.push(...leftProblems(parameters.value));
  }
  if (problems.length === 0) return;
  const field = state.language === 'JSONata' ? 'Arguments' : 'Parameters';
  throw runtimeError(`The ${field} '${parameters.json}' could not be used to start the Task: [${problems.join(', ')}]`);
}

/** Calls, and waits for the answer, the token, a timeout or the end of the branch: whichever is first. */
async function perform(frame: Frame, attempt: Attempt): Promise<Data> {
  const { state, thread } = frame;
  const { execution } = thread;
  const { host, identity } = execution;
  const resource = state.resource!;
  const names = eventNames(frame);
  const about = aboutResource(resource);

  // Nothing may be done that follows from events which a crash could still undo.
  await execution.durable();

  return thread.scope.wait<Data>((resolve, reject) => {
    const ended = new AbortController();
    let isSettled = false;
    let unregister: (() => void) | undefined;
    let beat: AbortController | undefined;

    const succeed = (result: Data) => {
      if (ended.signal.aborted) return;
      if (result.exceeds(host.limits.payloadBytes)) {
        const what = resource.kind === 'integration' ? resource.resourceType : resource.arn;
        fail(
          new StatesError(
            ErrorName.dataLimitExceeded,
            `The state/task '${what}' returned a result with a size exceeding the maximum number of bytes service limit.`,
          ),
        );
        return;
      }
      execution.record(thread, names.succeeded, { ...about, output: result.json });
      isSettled = true;
      resolve(result);
    };
    const fail = (error: StatesError, type = names.failed) => {
      if (ended.signal.aborted) return;
      const { error: name, reason } = error;
      execution.record(thread, type, { ...about, error: name, ...(reason === undefined ? {} : { cause: reason }) });
      isSettled = true;
      reject(error);
    };
    const timeOut = (alias?: string) =>
      fail(new StatesError(ErrorName.timeout, undefined, alias === undefined ? {} : { alias }), names.timedOut);
    /** History may be full, or the execution closed. */
    const guarded = (act: () => void) => {
      try {
        act();
      } catch (error) {
        reject(error);
      }
    };
    const after = (ms: number, signal: AbortSignal, act: () => void) =>
      sleep(host.clock, ms, signal).then(
        () => guarded(act),
        () => undefined,
      );
    const watchHeartbeat = () => {
      if (attempt.heartbeatSeconds === undefined || ended.signal.aborted) return;
      beat?.abort();
      beat = new AbortController();
      after(attempt.heartbeatSeconds * 1000, beat.signal, () => timeOut(ErrorName.heartbeatTimeout));
    };
    let isSubmitted = attempt.submitted !== undefined;
    // "As long as the Lambda function executes, the heartbeat timeout is not enforced":
    // https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
    const beatsOnceSubmitted = attempt.token !== undefined && /^(aws-sdk:)?lambda$/.test(resource.resourceType);
    const heartbeat = () => {
      if (isSubmitted || !beatsOnceSubmitted) watchHeartbeat();
    };
    const submitted = (output: unknown) => {
      if (ended.signal.aborted || resource.pattern === 'request' || attempt.submitted) return;
      isSubmitted = true;
      execution.record(thread, names.submitted, { ...about, output: Data.of(output).json });
      if (beatsOnceSubmitted) heartbeat();
    };

    const watch = (since: number) => {
      if (attempt.timeoutSeconds !== undefined) {
        const deadline = since + attempt.timeoutSeconds * 1000;
        after(deadline - host.clock.now(), ended.signal, () => timeOut());
      }
      heartbeat();
    };
    const since = isActivity(frame) ? attempt.takenAt : attempt.scheduledAt;
    if (since !== undefined) watch(since);
    let takeBack: (() => void) | undefined;
    if (isActivity(frame) && since === undefined) {
      takeBack = host.activities?.offer(resource.arn, {
        token: attempt.token!,
        input: attempt.parameters.json,
        async taken(workerName) {
          thread.scope.check();
          const details = workerName === undefined ? undefined : { workerName };
          const started = execution.record(thread, names.started, details);
          watch(execution.events[started - 1]!.at);
          await execution.durable();
        },
      });
    }
    if (attempt.token !== undefined) {
      unregister = host.tokens.register(attempt.token, {
        succeed: async (output) => {
          guarded(() => succeed(output));
          await execution.durable();
        },
        fail: async (error, cause) => {
          guarded(() => fail(new StatesError(error ?? ErrorName.taskFailed, cause)));
          await execution.durable();
        },
        heartbeat,
      });
    }

    const awaitsMore = resource.pattern !== 'request';
    const waitsForToken = attempt.token !== undefined;
    if (!(waitsForToken && attempt.submitted) && resource.kind !== 'activity') {
      host
        .invoke({
          resource,
          parameters: attempt.parameters.value,
          executionArn: identity.executionArn,
          roleArn: identity.roleArn,
          ...(attempt.taskRoleArn !== undefined && { taskRoleArn: attempt.taskRoleArn }),
          stateName: state.name,
          attemptId: `${identity.name}-${attempt.event}`,
          ...(attempt.submitted && { submitted: attempt.submitted.value }),
          onSubmitted: (output) => guarded(() => submitted(output)),
          signal: ended.signal,
        })
        .then(
          (result) => guarded(() => (waitsForToken ? submitted(result) : succeed(Data.of(result)))),
          (error) =>
            guarded(() => fail(taskError(error), awaitsMore && !isSubmitted ? names.submitFailed : names.failed)),
        );
    }
    return () => {
      // What is only interrupted goes on another time, and so does its job.
      ended.abort(isSettled || execution.isInterrupted ? undefined : TASK_ABORTED);
      beat?.abort();
      takeBack?.();
      unregister?.();
    };
  });
}

const taskError = (error: unknown): StatesError =>
  error instanceof StatesError ? error : new StatesError(ErrorName.runtime, String((error as Error)?.message ?? error));

const aboutResource = ({ kind, resource, resourceType }: Resource) =>
  kind === 'integration' ? { resource, resourceType } : {};

const startedDetails = ({ state }: Frame) =>
  state.resource!.kind === 'integration' ? aboutResource(state.resource!) : undefined;

const names = (family: string, succeeded = `${family}Succeeded`) => ({
  scheduled: `${family}Scheduled`,
  started: `${family}Started`,
  submitted: `${family}Submitted`,
  submitFailed: `${family}SubmitFailed`,
  succeeded,
  failed: `${family}Failed`,
  timedOut: `${family}TimedOut`,
});

const FAMILIES = { integration: names('Task'), lambda: names('LambdaFunction'), activity: names('Activity') };

const eventNames = ({ state }: Frame) => FAMILIES[state.resource!.kind];
