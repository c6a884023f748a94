/** What a target receives: the event, a part of it, a constant, or a template filled from it. Pure. */
import { AwsError } from '../service';
import { parseJsonPath, valueAt } from './json-path';

/** An event as EventBridge delivers it. */
export interface AwsEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
  /** of an event that a replay sends once more */
  readonly 'replay-name'?: string;
}

export interface InputSpec {
  readonly Input?: string;
  readonly InputPath?: string;
  readonly InputTransformer?: {
    readonly InputPathsMap?: Readonly<Record<string, string>>;
    readonly InputTemplate?: string;
  };
}

export interface Occasion {
  readonly event: AwsEvent;
  readonly ruleArn: string;
  readonly ruleName: string;
  /** ISO 8601: when the event was accepted */
  readonly ingestionTime: string;
}

const MAX_PATHS = 100;
const PLACEHOLDER = /<([^<>\s]+)>/g;

/** The text to hand to the target: JSON, unless a template makes it something else. */
export function targetInput(spec: InputSpec, occasion: Occasion): string {
  if (spec.Input !== undefined) return spec.Input;
  if (spec.InputTransformer) return fillTemplate(spec.InputTransformer, occasion);
  // A path that leads nowhere delivers null, as on AWS.
  if (spec.InputPath !== undefined) return JSON.stringify(valueAt(occasion.event, spec.InputPath) ?? null);
  return JSON.stringify(occasion.event);
}

/** Refuses what PutTargets refuses. */
export function assertValidInput(spec: InputSpec, targetId: string): void {
  const given = [spec.Input, spec.InputPath, spec.InputTransformer].filter((value) => value !== undefined);
  if (given.length > 1) {
    throw invalid(`Only one of Input, InputPath, or InputTransformer must be provided for target ${targetId}.`);
  }
  if (spec.Input !== undefined && !isJson(spec.Input)) throw invalid(`Invalid JSON in Input for target ${targetId}.`);
  if (spec.InputPath !== undefined && !parseJsonPath(spec.InputPath)) {
    throw invalid(`Invalid InputPath for target ${targetId}.`);
  }
  if (spec.InputTransformer) assertValidTransformer(spec.InputTransformer, targetId);
}

type Transformer = NonNullable<InputSpec['InputTransformer']>;

function assertValidTransformer({ InputPathsMap = {}, InputTemplate }: Transformer, targetId: string): void {
  if (!InputTemplate) throw invalid(`InputTemplate is required for target ${targetId}.`);
  if (Object.keys(InputPathsMap).length > MAX_PATHS)
    throw invalid(`InputPathsMap of target ${targetId} exceeds ${MAX_PATHS} keys.`);
  for (const [name, path] of Object.entries(InputPathsMap)) {
    if (name.startsWith('AWS') || name.startsWith('aws'))
      throw invalid(`Reserved name ${name} in InputPathsMap of target ${targetId}.`);
    if (!parseJsonPath(path)) throw invalid(`Invalid path ${path} in InputPathsMap of target ${targetId}.`);
  }
  for (const [, name = ''] of InputTemplate.matchAll(PLACEHOLDER)) {
    if (!Object.hasOwn(InputPathsMap, name) && !Object.hasOwn(RESERVED, name)) {
      throw invalid(`InputTemplate for target ${targetId} contains invalid placeholder ${name}.`);
    }
  }
}

const RESERVED: Readonly<Record<string, (occasion: Occasion) => unknown>> = {
  'aws.events.rule-arn': ({ ruleArn }) => ruleArn,
  'aws.events.rule-name': ({ ruleName }) => ruleName,
  'aws.events.event.ingestion-time': ({ ingestionTime }) => ingestionTime,
  // Without the detail, and with this one name in camel case: so AWS does it.
  'aws.events.event': ({ event: { detail: _, 'detail-type': detailType, ...rest } }) => ({ ...rest, detailType }),
  'aws.events.event.json': ({ event }) => event,
};

function fillTemplate({ InputPathsMap = {}, InputTemplate = '' }: Transformer, occasion: Occasion): string {
  return fillPlaceholders(InputTemplate, (name) => {
    const path = InputPathsMap[name];
    // A path that leads nowhere fills in an empty string.
    return (path === undefined ? RESERVED[name]?.(occasion) : valueAt(occasion.event, path)) ?? '';
  });
}

/** `<name>` replaced by what `read` gives for it: JSON, or a part of the string that it stands in. */
export function fillPlaceholders(template: string, read: (name: string) => unknown): string {
  let filled = '';
  let end = 0;
  for (const match of template.matchAll(PLACEHOLDER)) {
    const value = read(match[1] as string);
    filled += template.slice(end, match.index);
    filled += isInsideString(template, match.index) ? asPartOfString(value) : JSON.stringify(value);
    end = match.index + match[0].length;
  }
  return filled + template.slice(end);
}

/** Within quotes a string is inserted escaped, and the quotes inside an object or list are dropped. */
function asPartOfString(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value).slice(1, -1);
  return JSON.stringify(value).replaceAll('"', '');
}

function isInsideString(template: string, position: number): boolean {
  let inside = false;
  for (let i = 0; i < position; i++) {
    if (template[i] === '\\') i++;
    else if (template[i] === '"') inside = !inside;
  }
  return inside;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const invalid = (message: string) => new AwsError('ValidationException', message);
