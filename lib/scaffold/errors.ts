/** Says in a sentence why no pipeline can be begun, and what to do. */
export class ScaffoldError extends Error {
  override name = 'ScaffoldError';
}
