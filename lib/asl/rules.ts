import type { Place, Problem } from './lint';
import type { Json, MapState, TaskState } from './types';
import { catches, reachable, transitions } from './walk';

/** A quarter of Step Functions' 256 KiB: the literal part of a task's input leaves room for what is computed. */
export const LITERAL_ARGUMENTS_LIMIT_BYTES = 64 * 1024;

type Rule = (place: Place) => Problem[];

/** Each rule by the name that findings give it. */
export const rules: Readonly<Record<string, Rule>> = {
  'target-exists': ({ state, states }) =>
    [...transitions(state), ...catches(state)]
      .filter((target) => !(target.state in states))
      .map((target) => ({
        field: target.field,
        value: target.state,
        problem: `${target.field} names a state that is not there: ${JSON.stringify(target.state)}`,
        remedy: `Name a state of the same scope: ${Object.keys(states).join(', ')}`,
      })),

  'next-or-end': ({ state }) => {
    if (state.Type === 'Choice' || state.Type === 'Succeed' || state.Type === 'Fail') return [];
    if ((state.Next !== undefined) !== (state.End === true)) return [];
    return [
      {
        value: { Next: state.Next, End: state.End },
        problem: state.End ? 'It has both Next and End' : 'It has neither Next nor End',
        remedy: 'Give it exactly one of them',
      },
    ];
  },

  reachable: ({ name, states, startAt }) => {
    if (!(startAt in states)) return [];
    const found = reachable(states, startAt, (state) => [...transitions(state), ...catches(state)]);
    if (found.has(name)) return [];
    return [
      { value: name, problem: 'No state leads here', remedy: 'Remove it, or name it in the Next of another state' },
    ];
  },

  /** A redrive re-enters a Fail state and fails again; an error that escapes is resumed where it stood. */
  redrivable: ({ state, states, startAt }) => {
    const usual = reachable(states, startAt, transitions);
    return catches(state).flatMap(({ field, state: target }) => {
      const handlers = reachable(states, target, (handler) =>
        [...transitions(handler), ...catches(handler)].filter(
          (next) => !usual.has(next.state) || states[next.state]?.Type === 'Fail',
        ),
      );
      const fail = [...handlers].find((handler) => states[handler]?.Type === 'Fail');
      if (fail === undefined) return [];
      return [
        {
          field,
          value: target,
          problem: `${field} leads to the Fail state ${fail}, so a redrive would only fail again there`,
          remedy: 'Remove the Catch: the error then fails the execution at this state, and a redrive resumes it here',
        },
      ];
    });
  },

  'task-retry': ({ state }) => {
    if (state.Type !== 'Task' || (state.Retry?.length ?? 0) > 0) return [];
    return [
      {
        field: 'Retry',
        value: state.Retry,
        problem: 'No Retry, so one throttle or lost connection fails the run',
        remedy: 'Add Retry, e.g. [{"ErrorEquals":["States.TaskFailed"],"MaxAttempts":3,"JitterStrategy":"FULL"}]',
      },
    ];
  },

  'task-timeout': ({ state }) => {
    if (state.Type !== 'Task' || state.TimeoutSeconds !== undefined || state.TimeoutSecondsPath !== undefined)
      return [];
    const token = state.Resource.endsWith('.waitForTaskToken');
    if (token && (state.HeartbeatSeconds !== undefined || state.HeartbeatSecondsPath !== undefined)) return [];
    return [
      {
        field: 'TimeoutSeconds',
        value: undefined,
        problem: token
          ? 'It waits for a task token without TimeoutSeconds or HeartbeatSeconds: a lost token would hold the run for a year'
          : 'No TimeoutSeconds: a task that hangs would hold the run for up to a year',
        remedy: 'Set TimeoutSeconds a little above the longest time that the task may take',
      },
    ];
  },

  /** State carries pointers: what a service answers can be anything, so the state says which of it goes on. */
  'picked-output': ({ state, language }) => {
    if (state.Type !== 'Task' && state.Type !== 'Map') return [];
    if (state.Type === 'Map' && state.ResultWriter) return [];
    if (language === 'JSONPath') {
      if (state.ResultSelector || state.ResultPath === null || state.OutputPath === null) return [];
      return [
        {
          field: 'ResultSelector',
          value: undefined,
          problem: 'The whole result goes into the state, whatever its size (limit 256 KiB)',
          remedy: 'Pick what later states read with ResultSelector, or drop it with "ResultPath": null',
        },
      ];
    }
    if (state.Output !== undefined && !passesAnswerOn(state, state.Output)) return [];
    return [
      {
        field: 'Output',
        value: state.Output,
        problem: `The whole ${state.Type === 'Map' ? 'list of results' : 'answer'} goes on, whatever its size (limit 256 KiB)`,
        remedy: 'Pick what later states read, e.g. "Output": "{% $states.result.Payload %}"',
      },
    ];
  },

  'literal-arguments': ({ state }) => {
    const field = 'Arguments' in state && state.Arguments !== undefined ? 'Arguments' : 'Parameters';
    const literal = (state as { Arguments?: Json; Parameters?: Json })[field];
    if (literal === undefined) return [];
    const bytes = utf8Length(JSON.stringify(literal));
    if (bytes <= LITERAL_ARGUMENTS_LIMIT_BYTES) return [];
    return [
      {
        field,
        value: `${bytes} bytes`,
        problem: `${field} is ${bytes} bytes of literal text, above ${LITERAL_ARGUMENTS_LIMIT_BYTES}`,
        remedy: 'Put it in S3 and pass its key',
      },
    ];
  },
};

/**
 * Whether an Output holds the whole answer of a service, at any depth: metadata and all. What comes back with a task token is
 * what its sender picked, and a Map's results are what its own tasks picked: those may go on once the Output says so.
 */
function passesAnswerOn(state: TaskState | MapState, output: Json): boolean {
  if (state.Type === 'Map' || state.Resource.endsWith('.waitForTaskToken')) return false;
  if (typeof output === 'string') return /^\{%\s*\$states\.result\s*%\}$/.test(output);
  if (output === null || typeof output !== 'object') return false;
  return Object.values(output).some((value) => passesAnswerOn(state, value));
}

/** Without Buffer or TextEncoder: this module is plain JavaScript. */
function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
