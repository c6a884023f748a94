export { ErrorName } from './errors';
export { describeFinding, type Finding, lint } from './lint';
export { LITERAL_ARGUMENTS_LIMIT_BYTES } from './rules';
export type * from './types';
