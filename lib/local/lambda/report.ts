/** The lines that Lambda itself writes around what a function prints, as text or as JSON. */
import { createHash } from 'node:crypto';
import type { Outcome } from './environment';
import type { FunctionSpec } from './function';

export function initStartLine(spec: FunctionSpec, now: Date): string {
  // nodejs22.x is nodejs:22.v1, python3.13 is python:3.13.v1.
  const [, language = '', version = ''] = /^([a-z]+)(\d+(?:\.\d+)?)/.exec(spec.runtime) ?? [];
  const runtimeVersion = `${language}:${version}.v1`;
  const runtimeVersionArn = `arn:aws:lambda:us-east-1::runtime:${createHash('sha256').update(spec.runtime).digest('hex')}`;
  if (spec.logFormat === 'Text')
    return `INIT_START Runtime Version: ${runtimeVersion}\tRuntime Version ARN: ${runtimeVersionArn}`;
  return json(now, 'platform.initStart', {
    initializationType: 'on-demand',
    phase: 'init',
    runtimeVersion,
    runtimeVersionArn,
    functionName: spec.name,
    functionVersion: spec.version,
  });
}

/** Only of an initialization that failed. */
export function initReportLine(spec: FunctionSpec, { initMs = 0, errorType }: Outcome, now: Date): string {
  if (spec.logFormat === 'Text')
    return `INIT_REPORT Init Duration: ${initMs.toFixed(2)} ms\tPhase: init\tStatus: error\tError Type: ${errorType}`;
  return json(now, 'platform.initReport', {
    initializationType: 'on-demand',
    phase: 'init',
    status: 'error',
    errorType,
    metrics: { durationMs: round(initMs) },
  });
}

export function startLine(spec: FunctionSpec, requestId: string, now: Date): string {
  return spec.logFormat === 'Text'
    ? `START RequestId: ${requestId} Version: ${spec.version}`
    : json(now, 'platform.start', { requestId, version: spec.version });
}

/** What the runtime could not say itself: that its time was up, or that it is gone. */
export function failureLine(spec: FunctionSpec, requestId: string, { payload, errorType }: Outcome, now: Date): string {
  const { errorMessage = '' } = JSON.parse(payload.toString('utf8')) as { errorMessage?: string };
  const bare = errorMessage.replace(/^RequestId: \S+ (Error: )?/, '');
  if (spec.logFormat === 'JSON')
    return JSON.stringify({ timestamp: now.toISOString(), level: 'ERROR', requestId, message: bare });
  if (errorType === TIMED_OUT) return `${now.toISOString()} ${requestId} ${bare}\n`;
  return `RequestId: ${requestId} Error: ${bare}\n${errorType}`;
}

/** JSON has no line for it. */
export const endLine = (spec: FunctionSpec, requestId: string): string | undefined =>
  spec.logFormat === 'Text' ? `END RequestId: ${requestId}` : undefined;

export function reportLine(spec: FunctionSpec, requestId: string, outcome: Outcome, now: Date): string {
  const { durationMs, initMs, maxMemoryMb } = outcome;
  const status = statusOf(outcome);
  const billedMs = Math.ceil(durationMs + (initMs ?? 0));
  if (spec.logFormat === 'JSON')
    return json(now, 'platform.report', {
      requestId,
      metrics: {
        durationMs: round(durationMs),
        billedDurationMs: billedMs,
        memorySizeMB: spec.memoryMb,
        maxMemoryUsedMB: maxMemoryMb,
        ...(initMs === undefined ? {} : { initDurationMs: round(initMs) }),
      },
      status: status?.status ?? 'success',
      ...(status?.errorType === undefined ? {} : { errorType: status.errorType }),
    });
  return [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${billedMs} ms`,
    `Memory Size: ${spec.memoryMb} MB`,
    `Max Memory Used: ${maxMemoryMb} MB`,
    ...(initMs === undefined ? [] : [`Init Duration: ${initMs.toFixed(2)} ms`]),
    ...(status === undefined ? [] : [`Status: ${status.status}`]),
    ...(status?.errorType === undefined ? [] : [`Error Type: ${status.errorType}`]),
  ].join('\t');
}

const TIMED_OUT = 'Sandbox.Timedout';

/** Undefined where the function answered, be it by an error of its own. */
export function statusOf({ errorType, reportedType }: Outcome): { status: string; errorType?: string } | undefined {
  if (errorType === undefined || !/^(Sandbox|Runtime)\./.test(errorType)) return undefined;
  return errorType === TIMED_OUT ? { status: 'timeout' } : { status: 'error', errorType: reportedType ?? errorType };
}

const json = (now: Date, type: string, record: object): string =>
  JSON.stringify({ time: now.toISOString(), type, record });

const round = (ms: number): number => Math.round(ms * 1000) / 1000;
