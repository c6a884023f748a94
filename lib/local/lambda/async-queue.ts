/**
 * Asynchronous invocations: kept on disk until they have succeeded or have been given up, so none is lost when the cloud is killed.
 * As on AWS an event may be delivered twice; two retries, one minute and two minutes later.
 */
import { join } from 'node:path';
import type { CloudContext } from '../service';
import { openTable, type Table } from '../store';
import { type Message, sendTo } from './destinations';
import type { FunctionSpec } from './function';
import { type InvokeResult, type LambdaRuntime, Throttled } from './runtime';

export interface AsyncTarget {
  readonly spec: FunctionSpec;
  readonly maxRetries: number;
  readonly maxAgeSeconds: number;
  readonly onSuccessArn?: string;
  readonly onFailureArn?: string;
  readonly deadLetterArn?: string;
}

interface Pending {
  readonly functionName: string;
  readonly qualifier?: string;
  readonly invokedArn: string;
  /** base64 */
  readonly payload: string;
  readonly clientContext?: string;
  readonly acceptedAt: number;
  readonly attempts: number;
  /** times in a row that the function had no room for it */
  readonly throttles?: number;
  readonly notBefore: number;
}

const RETRY_DELAYS_MS = [60_000, 120_000];
/** grows from the first to the last while the function is throttled */
const THROTTLE_DELAYS_MS = [1_000, 300_000] as const;
/** of a dead letter's attribute: 1 KB */
const MAX_ERROR_MESSAGE = 1024;

export class AsyncQueue {
  private readonly stopping = new AbortController();
  private isOpen = false;
  private readonly active = new Set<Promise<void>>();

  private constructor(
    private readonly cloud: CloudContext,
    private readonly table: Table<Pending>,
    private readonly runtime: LambdaRuntime,
    private readonly target: (functionName: string, qualifier?: string) => Promise<AsyncTarget | undefined>,
  ) {}

  static async open(
    cloud: CloudContext,
    runtime: LambdaRuntime,
    target: (functionName: string, qualifier?: string) => Promise<AsyncTarget | undefined>,
  ): Promise<AsyncQueue> {
    const table = await openTable<Pending>(join(cloud.stateDir, 'lambda', 'async.jsonl'));
    return new AsyncQueue(cloud, table, runtime, target);
  }

  /** Begins to invoke, with what was left when the cloud ended. Until then events are only kept. */
  resume(): void {
    this.isOpen = true;
    for (const [requestId, pending] of this.table.entries()) this.work(requestId, pending);
  }

  /** Resolves when the event is on disk. */
  async accept(
    requestId: string,
    event: {
      functionName: string;
      qualifier?: string;
      invokedArn: string;
      payload: Uint8Array;
      clientContext?: string;
    },
  ): Promise<void> {
    const now = this.cloud.clock.now();
    const { payload, ...rest } = event;
    const pending: Pending = {
      ...rest,
      payload: Buffer.from(payload).toString('base64'),
      acceptedAt: now,
      attempts: 0,
      notBefore: now,
    };
    await this.table.set(requestId, pending);
    if (this.isOpen) this.work(requestId, pending);
  }

  get size(): number {
    return this.table.size;
  }

  /** Events that are waiting or running stay on disk for the next start. */
  async stop(): Promise<void> {
    this.stopping.abort(new Error('The local cloud is stopping.'));
    await Promise.allSettled([...this.active]);
    await this.table.close();
  }

  private work(requestId: string, pending: Pending): void {
    const working = this.process(requestId, pending)
      .catch((error: Error) => {
        if (!this.stopping.signal.aborted) this.cloud.log(`asynchronous invocation ${requestId}: ${error.message}`);
      })
      .finally(() => this.active.delete(working));
    this.active.add(working);
  }

  private async process(requestId: string, first: Pending): Promise<void> {
    let pending = first;
    for (;;) {
      const wait = pending.notBefore - this.cloud.clock.now();
      if (wait > 0) await this.cloud.clock.sleep(wait, this.stopping.signal);
      this.stopping.signal.throwIfAborted();
      const target = await this.target(pending.functionName, pending.qualifier);
      if (target === undefined) {
        this.cloud.log(`asynchronous invocation ${requestId} dropped: the function ${pending.functionName} is gone`);
        break;
      }
      const result = await this.attempt(requestId, pending, target);
      if (result !== undefined) pending = { ...pending, attempts: pending.attempts + 1 };
      // The process was killed with the cloud: that was no failure of the function.
      if (result?.functionError !== undefined) this.stopping.signal.throwIfAborted();
      if (result !== undefined && result.functionError === undefined) {
        if (target.onSuccessArn !== undefined)
          await this.report(requestId, pending, target, target.onSuccessArn, 'Success', result);
        break;
      }
      const delay =
        result === undefined
          ? Math.min(THROTTLE_DELAYS_MS[0] * 2 ** (pending.throttles ?? 0), THROTTLE_DELAYS_MS[1])
          : (RETRY_DELAYS_MS[pending.attempts - 1] ?? RETRY_DELAYS_MS.at(-1) ?? 0);
      // Nothing will ever run it.
      const isOff = result === undefined && target.spec.reservedConcurrency === 0;
      const isTooOld = this.cloud.clock.now() + delay - pending.acceptedAt > target.maxAgeSeconds * 1000;
      if (pending.attempts > target.maxRetries || isTooOld || isOff) {
        const condition = pending.attempts > target.maxRetries || isOff ? 'RetriesExhausted' : 'EventAgeExceeded';
        await this.giveUp(requestId, pending, target, condition, result);
        break;
      }
      const throttles = result === undefined ? (pending.throttles ?? 0) + 1 : 0;
      pending = { ...pending, throttles, notBefore: this.cloud.clock.now() + delay };
      await this.table.set(requestId, pending);
    }
    await this.table.delete(requestId);
  }

  /** Undefined when the function was throttled: that is no attempt. */
  private async attempt(requestId: string, pending: Pending, { spec }: AsyncTarget): Promise<InvokeResult | undefined> {
    try {
      return await this.runtime.invoke(spec, {
        requestId,
        payload: Buffer.from(pending.payload, 'base64'),
        invokedArn: pending.invokedArn,
        ...(pending.clientContext === undefined ? {} : { clientContext: pending.clientContext }),
      });
    } catch (error) {
      if (error instanceof Throttled) return undefined;
      throw error;
    }
  }

  private async giveUp(
    requestId: string,
    pending: Pending,
    target: AsyncTarget,
    condition: string,
    result: InvokeResult | undefined,
  ): Promise<void> {
    if (target.onFailureArn !== undefined)
      await this.report(requestId, pending, target, target.onFailureArn, condition, result);
    if (target.deadLetterArn !== undefined)
      await this.deadLetter(requestId, pending, target, target.deadLetterArn, result);
    if (target.onFailureArn === undefined && target.deadLetterArn === undefined)
      this.cloud.log(
        `${pending.functionName}: an asynchronous event was given up after ${pending.attempts} attempts (${condition})`,
      );
  }

  private async report(
    requestId: string,
    pending: Pending,
    target: AsyncTarget,
    destinationArn: string,
    condition: string,
    result: InvokeResult | undefined,
  ): Promise<void> {
    const body = JSON.stringify({
      version: '1.0',
      timestamp: new Date(this.cloud.clock.now()).toISOString(),
      requestContext: {
        requestId,
        functionArn: `${target.spec.arn}:${pending.qualifier ?? target.spec.version}`,
        condition,
        approximateInvokeCount: pending.attempts,
      },
      requestPayload: parse(Buffer.from(pending.payload, 'base64')),
      ...(result === undefined
        ? {}
        : {
            responseContext: {
              statusCode: 200,
              executedVersion: target.spec.version,
              ...(result.functionError === undefined ? {} : { functionError: result.functionError }),
            },
            responsePayload: parse(result.payload),
          }),
    });
    const outcome = condition === 'Success' ? 'Success' : 'Failure';
    await this.send(target, destinationArn, { body, outcome }, 'DestinationDeliveryFailures');
  }

  private async deadLetter(
    requestId: string,
    pending: Pending,
    target: AsyncTarget,
    arn: string,
    result: InvokeResult | undefined,
  ): Promise<void> {
    const error = parse(result?.payload) as { errorMessage?: string } | undefined;
    const attributes = {
      RequestID: { type: 'String', value: requestId },
      ErrorCode: { type: 'Number', value: result === undefined ? '429' : '200' },
      ErrorMessage: { type: 'String', value: (error?.errorMessage ?? 'Rate Exceeded.').slice(0, MAX_ERROR_MESSAGE) },
    } as const;
    const body = Buffer.from(pending.payload, 'base64').toString('utf8');
    await this.send(target, arn, { body, attributes }, 'DeadLetterErrors');
  }

  /** What cannot be sent is lost, as on AWS; here the reason and the message are told. */
  private async send(
    { spec }: AsyncTarget,
    arn: string,
    message: Message,
    metric: 'DeadLetterErrors' | 'DestinationDeliveryFailures',
  ): Promise<void> {
    try {
      await sendTo(this.cloud, spec, arn, message);
    } catch (error) {
      this.runtime.metrics.add(spec.name, metric, 1);
      const { message: why } = error as Error;
      this.cloud.log(`${spec.name}: its failure could not be sent to ${arn}: ${why}. It was: ${message.body}`);
    }
  }
}

function parse(payload: Buffer | undefined): unknown {
  if (payload === undefined) return undefined;
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch {
    return payload.toString('utf8');
  }
}
