/** The fields of each state type: of which query language they are, and what they may hold. */
import type { StateType } from '../../../asl/types';
import {
  anything,
  boolean,
  type Fields,
  integer,
  number,
  numberPath,
  objectPayload,
  path,
  payload,
  reference,
  resultPath,
  string,
  template,
  textPath,
  timestamp,
} from './checks';
import { choices } from './choice';
import { catchers, retry } from './handlers';
import { itemBatcher, itemReader, resultWriter } from './map';
import { assign } from './variables';

const COMMON: Fields = { Type: { check: string }, Comment: { check: string }, QueryLanguage: { check: anything } };
const TRANSITION: Fields = { Next: { check: string }, End: { check: boolean } };
const INPUT_OUTPUT: Fields = {
  InputPath: { check: path, only: 'JSONPath' },
  OutputPath: { check: path, only: 'JSONPath' },
  Output: { check: template, only: 'JSONata' },
};
const RESULT: Fields = {
  ResultPath: { check: resultPath, only: 'JSONPath' },
  ResultSelector: { check: objectPayload, only: 'JSONPath' },
  Parameters: { check: payload, only: 'JSONPath' },
};
const ASSIGN: Fields = { Assign: { check: assign } };
const FAILABLE: Fields = { Retry: { check: retry }, Catch: { check: catchers } };
const MOVING: Fields = { ...COMMON, ...TRANSITION, ...INPUT_OUTPUT, ...ASSIGN };

export const FIELDS: Readonly<Record<StateType, Fields>> = {
  Task: {
    ...MOVING,
    ...RESULT,
    ...FAILABLE,
    Arguments: { check: template, only: 'JSONata' },
    // Its own check is in `resource.ts`.
    Resource: { check: string },
    Credentials: { check: objectPayload },
    TimeoutSeconds: { check: integer(1) },
    TimeoutSecondsPath: { check: reference, only: 'JSONPath' },
    HeartbeatSeconds: { check: integer(1) },
    HeartbeatSecondsPath: { check: reference, only: 'JSONPath' },
  },
  Pass: {
    ...MOVING,
    ResultPath: { check: resultPath, only: 'JSONPath' },
    Parameters: { check: payload, only: 'JSONPath' },
    Result: { check: anything, only: 'JSONPath' },
  },
  Choice: {
    ...COMMON,
    ...INPUT_OUTPUT,
    ...ASSIGN,
    Choices: { check: choices },
    Default: { check: string },
  },
  Wait: {
    ...MOVING,
    Seconds: { check: integer(0) },
    SecondsPath: { check: reference, only: 'JSONPath' },
    Timestamp: { check: timestamp },
    TimestampPath: { check: reference, only: 'JSONPath' },
  },
  Succeed: { ...COMMON, ...INPUT_OUTPUT },
  Fail: {
    ...COMMON,
    Error: { check: string },
    ErrorPath: { check: textPath, only: 'JSONPath' },
    Cause: { check: string },
    CausePath: { check: textPath, only: 'JSONPath' },
  },
  Parallel: {
    ...MOVING,
    ...RESULT,
    ...FAILABLE,
    Arguments: { check: template, only: 'JSONata' },
    // The machines inside are gone through by `machine.ts`.
    Branches: { check: anything },
  },
  Map: {
    ...MOVING,
    ...RESULT,
    ...FAILABLE,
    ItemProcessor: { check: anything },
    Iterator: { check: anything },
    Items: { check: template, only: 'JSONata' },
    ItemsPath: { check: reference, only: 'JSONPath' },
    ItemSelector: { check: payload },
    ItemReader: { check: itemReader },
    ItemBatcher: { check: itemBatcher },
    ResultWriter: { check: resultWriter },
    MaxConcurrency: { check: integer(0) },
    MaxConcurrencyPath: { check: numberPath, only: 'JSONPath' },
    ToleratedFailureCount: { check: integer(0) },
    ToleratedFailureCountPath: { check: numberPath, only: 'JSONPath' },
    ToleratedFailurePercentage: { check: number(0, 100) },
    ToleratedFailurePercentagePath: { check: numberPath, only: 'JSONPath' },
    Label: { check: string },
  },
};

export const REQUIRED: Readonly<Partial<Record<StateType, readonly string[]>>> = {
  Task: ['Resource'],
  Choice: ['Choices'],
  Parallel: ['Branches'],
};

/** Exactly one of these, in AWS's order. */
export const ONE_OF: Readonly<Partial<Record<StateType, readonly string[]>>> = {
  Wait: ['SecondsPath', 'Seconds', 'TimestampPath', 'Timestamp'],
  Map: ['ItemProcessor', 'Iterator'],
};

/** At most one of each. */
export const EXCLUSIVE: Readonly<Partial<Record<StateType, readonly (readonly string[])[]>>> = {
  Task: [
    ['TimeoutSeconds', 'TimeoutSecondsPath'],
    ['HeartbeatSeconds', 'HeartbeatSecondsPath'],
  ],
  Map: [
    ['ItemSelector', 'Parameters'],
    ['MaxConcurrency', 'MaxConcurrencyPath'],
    ['ToleratedFailureCount', 'ToleratedFailureCountPath'],
    ['ToleratedFailurePercentage', 'ToleratedFailurePercentagePath'],
  ],
  Fail: [
    ['Error', 'ErrorPath'],
    ['Cause', 'CausePath'],
  ],
};
