/** How callers name functions: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
import { AwsError, type CloudContext } from '../../service';

export const LATEST = '$LATEST';
const MAX_NAME = 64;

export interface FunctionName {
  readonly name: string;
  /** a version, an alias, or $LATEST */
  readonly qualifier?: string;
}

const NAME =
  /^(?:arn:aws[\w-]*:lambda:[a-z]{2}(?:-[a-z]+)+-\d:(\d{12}):function:|(\d{12}):function:|function:)?([\w-]+)(?::(\$LATEST|[\w-]+))?$/;

/** A name, an ARN or a partial ARN, each with or without a qualifier. */
export function parseFunctionName(nameOrArn: string): FunctionName {
  const [, , , name = nameOrArn, qualifier] = NAME.exec(nameOrArn) ?? [];
  return { name, ...(qualifier === undefined ? {} : { qualifier }) };
}

/** As Lambda checks it before it looks anything up. */
export function checkFunctionName(nameOrArn: string, qualifier?: string): FunctionName {
  const match = NAME.exec(nameOrArn);
  if (match === null || (match[3] as string).length > MAX_NAME) throw invalid('functionName', nameOrArn, NAME_PATTERN);
  if (qualifier !== undefined && !/^(\$LATEST|[\w-]{1,128})$/.test(qualifier))
    throw invalid('qualifier', qualifier, '(|[a-zA-Z0-9$_-]+)');
  const parsed = parseFunctionName(nameOrArn);
  if (qualifier !== undefined && parsed.qualifier !== undefined && qualifier !== parsed.qualifier)
    throw new AwsError(
      'InvalidParameterValueException',
      'The derived qualifier from the function name does not match the specified qualifier.',
      400,
      { Type: 'User' },
    );
  const asked = qualifier ?? parsed.qualifier;
  return { name: parsed.name, ...(asked === undefined ? {} : { qualifier: asked }) };
}

export const functionArn = ({ region, account }: CloudContext, { name, qualifier }: FunctionName): string =>
  `arn:aws:lambda:${region}:${account}:function:${name}${qualifier === undefined ? '' : `:${qualifier}`}`;

export const notFound = (arn: string): AwsError =>
  new AwsError('ResourceNotFoundException', `Function not found: ${arn}`, 404, { Type: 'User' });

const NAME_PATTERN =
  '(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?';

function invalid(member: string, value: string, pattern: string): AwsError {
  const message = `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern}`;
  return new AwsError('ValidationException', message, 400);
}
