import { ErrorName } from '../../asl/errors';
import { Data } from './data';
import { type Context, Environment } from './environment';
import { StatesError } from './errors';
import { instant } from './instant';
import type { CompiledState } from './machine';
import type { MapItem, Thread } from './thread';

/** One stay in a state, from Entered to Exited, over all its attempts. */
export class Frame {
  /** Of the attempt under way, while the state waits for a task token. */
  token: string | undefined;
  retryCount = 0;
  /** How often each retrier has been used. */
  counts: number[] = [];
  #base: Environment | undefined;

  constructor(
    readonly thread: Thread,
    readonly state: CompiledState,
    readonly input: Data,
    readonly enteredAt: number,
    readonly enteredEvent: number,
  ) {
    thread.state = state;
  }

  /** What the state's fields see before there is a result. */
  get environment(): Environment {
    this.#base ??= this.itemEnvironment(this.thread.item);
    return this.#base;
  }

  /** After the token or the retry count has changed. */
  renew(): void {
    this.#base = undefined;
  }

  /** What an ItemSelector sees. */
  itemEnvironment(item: MapItem | undefined): Environment {
    const { value, json } = this.input;
    return new Environment(value, () => this.context(item), this.thread.variables, undefined, json);
  }

  /** Reuses the text of the input or the result where that is what is handed on. */
  data(value: unknown, result?: Data): Data {
    if (value === this.input.value) return this.input;
    return result && value === result.value ? result : Data.of(value);
  }

  /** Throws when the data is larger than AWS allows. */
  checkSize(data: Data, cause: string): Data {
    if (data.exceeds(this.thread.execution.host.limits.payloadBytes)) {
      throw new StatesError(ErrorName.dataLimitExceeded, cause);
    }
    return data;
  }

  private context(item: MapItem | undefined): Context {
    const { type, name } = this.state;
    const retries = type === 'Task' || type === 'Parallel' || type === 'Map';
    const { execution } = this.thread;
    const context = {
      ...execution.context,
      State: {
        Name: name,
        EnteredTime: instant(this.enteredAt),
        ...(retries && { RetryCount: this.retryCount }),
      },
      ...(this.token !== undefined && { Task: { Token: this.token } }),
      ...(item && { Map: { Item: item } }),
    };
    return execution.host.contextSeen?.(context) ?? context;
  }
}
