/** What a state's data was on its way through the state. */
import type { InspectionData } from '@aws-sdk/client-sfn';
import type { State } from '../../../../asl/types';
import { Environment } from '../../../stepfunctions/environment';
import type { EventRecord } from '../../../stepfunctions/history';
import { compileMachine } from '../../../stepfunctions/machine';
import { parseJson, stringifyJson } from '../../../stepfunctions/numbers';
import type { Test } from './run';

interface PathFields {
  readonly InputPath?: unknown;
  readonly Parameters?: unknown;
  readonly Result?: unknown;
  readonly ResultSelector?: unknown;
  readonly ResultPath?: unknown;
}

export async function inspect(
  { tested: { given, state, definition }, input, variables }: Test,
  events: readonly EventRecord[],
  after: Readonly<Record<string, unknown>>,
  ofMap: InspectionData,
): Promise<InspectionData> {
  const scheduled = events.find(({ type }) => type.endsWith('Scheduled'))?.details;
  const work = (scheduled?.parameters ?? scheduled?.input) as string | undefined;
  const result = events.find(({ type }) => /^(Task|LambdaFunction)Succeeded$/.test(type))?.details?.output as
    | string
    | undefined;
  const shown = Object.keys(after).length === 0 ? {} : { variables: stringifyJson(after) };
  if ((state.QueryLanguage ?? definition.QueryLanguage) === 'JSONata') {
    // A Map has no Arguments.
    const seen = given.Type === 'Map' ? ofMap : present('afterArguments', work);
    return { input, ...seen, ...present('result', result), ...shown };
  }
  const pass = (fields: object, from: unknown) => stage(fields, from, variables);
  const stages = await jsonPathStages(state, parseJson(input), { work, result }, pass);
  // What a Map has as Parameters is its ItemSelector, under an older name.
  const { afterParameters, ...others } = stages;
  return { input, ...(given.Type === 'Map' ? others : stages), ...ofMap, ...shown };
}

type Stage = (fields: object, from: unknown) => Promise<string | undefined>;

async function jsonPathStages(
  state: State,
  input: unknown,
  { work, result }: { readonly work: string | undefined; readonly result: string | undefined },
  pass: Stage,
): Promise<InspectionData> {
  const { InputPath, Parameters, Result, ResultSelector, ResultPath } = state as PathFields;
  const from = InputPath === undefined ? {} : { InputPath };
  const afterInputPath = await pass(from, input);
  const stages = present('afterInputPath', afterInputPath);
  if (state.Type !== 'Pass' && state.Type !== 'Task') return state.Type === 'Fail' ? {} : stages;
  const parameters = Parameters === undefined ? {} : { Parameters };
  const afterParameters = state.Type === 'Task' ? work : await pass({ ...from, ...parameters }, input);
  const found = state.Type === 'Task' ? result : Result === undefined ? afterParameters : stringifyJson(Result);
  if (found === undefined) return { ...stages, ...present('afterParameters', afterParameters) };
  const selected = ResultSelector === undefined ? found : await pass({ Parameters: ResultSelector }, parseJson(found));
  const afterResultPath =
    selected === undefined
      ? undefined
      : await pass(
          { ...from, Result: parseJson(selected), ...(ResultPath === undefined ? {} : { ResultPath }) },
          input,
        );
  return {
    ...stages,
    ...present('afterParameters', afterParameters),
    // Of a Pass state AWS's documentation shows what it hands on as that of its selector.
    ...(state.Type === 'Task' ? { result: found } : {}),
    ...present('afterResultSelector', selected),
    ...present('afterResultPath', afterResultPath),
  };
}

/** What a Pass state with these fields makes of it; undefined where it fails. */
async function stage(
  fields: object,
  from: unknown,
  variables: Readonly<Record<string, unknown>>,
): Promise<string | undefined> {
  try {
    const S = { Type: 'Pass', ...fields, End: true } as State;
    const state = compileMachine({ StartAt: 'S', States: { S } }).states.get('S')!;
    const { output } = await state.outcome(new Environment(from, () => ({}), variables));
    return stringifyJson(output);
  } catch {
    return undefined;
  }
}

const present = <K extends keyof InspectionData>(key: K, value: InspectionData[K]): InspectionData =>
  value === undefined ? {} : { [key]: value };
