/** Calls of intrinsic functions, as `.$` fields hold them: `States.Format('{}', $.a)`. What they do is in `functions.ts`. */
import { ErrorName } from '../../../asl/errors';
import type { Environment } from '../environment';
import { runtimeError, StatesError } from '../errors';
import { parseJson } from '../numbers';
import { functions, Invalid } from './functions';
import { parsePath } from './path';
import { Scanner } from './scanner';
import { rootText } from './template';

/** AWS: functions in functions. */
const NESTING_LIMIT = 10;

export type CompiledIntrinsic = (environment: Environment, document: unknown) => unknown;

/** Throws a SyntaxError. */
export function compileIntrinsic(source: string): CompiledIntrinsic {
  const scanner = new Scanner(source.trim());
  const call = parseCall(scanner, 1);
  if (!call || !scanner.done) throw new SyntaxError(`Invalid intrinsic function '${source}'`);
  return (environment, document) => {
    try {
      return call(environment, document);
    } catch (error) {
      const { message } = error as Error;
      if (error instanceof NotFound) throw runtimeError(`The function '${source}' had the following error: ${message}`);
      throw failure(`There was an error while evaluating the intrinsic function: ${source}. ${message}`);
    }
  };
}

/** AWS reports all of them as runtime errors; its documentation has a name for them. */
const failure = (cause: string) =>
  new StatesError(ErrorName.runtime, cause, { own: true, alias: ErrorName.intrinsicFailure });

/** A path among the arguments leads nowhere. */
class NotFound extends Error {}

function parseCall(scanner: Scanner, depth: number): CompiledIntrinsic | undefined {
  const name = scanner
    .match(/States\.[A-Za-z0-9]+\s*\(/y)
    ?.slice('States.'.length, -1)
    .trim();
  if (name === undefined) return undefined;
  if (depth > NESTING_LIMIT) throw new SyntaxError(`More than ${NESTING_LIMIT} functions are nested`);
  const found = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (!found) throw new SyntaxError(`Unknown intrinsic function 'States.${name}'`);
  const args: CompiledIntrinsic[] = [];
  scanner.skip();
  if (!scanner.take(')')) {
    do args.push(parseArgument(scanner, depth, name === 'Format' && args.length === 0));
    while (scanner.match(/\s*,/y) !== undefined);
    scanner.expect(/\s*\)/y, "')'");
  }
  const { least, most = least, apply } = found;
  const fits = args.length >= least && args.length <= most;
  return (environment, document) => {
    const values = args.map((arg) => arg(environment, document));
    try {
      // AWS tells of their number when the function is called, not when the definition is checked.
      if (!fits) throw new Invalid();
      return apply(...values);
    } catch (error) {
      throw error instanceof Invalid ? new Error(error.told(`States.${name}`)) : error;
    }
  };
}

function parseArgument(scanner: Scanner, depth: number, isTemplate: boolean): CompiledIntrinsic {
  scanner.skip();
  const call = parseCall(scanner, depth + 1);
  if (call) return call;
  if (scanner.peek('$')) {
    const path = parsePath(scanner, true);
    return (environment, document) => {
      const found = path.select(environment, document);
      if (found !== undefined) return found;
      throw new NotFound(
        `The JsonPath argument for the field '${path.source}' could not be found in the input ` +
          `'${rootText(path, environment, document)}'`,
      );
    };
  }
  const quoted = scanner.match(/'(?:[^'\\]|\\['\\{}])*'/y)?.slice(1, -1);
  if (quoted !== undefined) {
    // A template's escapes are left to the function, which tells them from placeholders.
    const value = isTemplate ? quoted : quoted.replace(/\\(['\\{}])/g, '$1');
    return () => value;
  }
  const literal: unknown = parseJson(
    scanner.expect(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|(?:true|false|null)\b/y, 'an argument'),
  );
  return () => literal;
}
