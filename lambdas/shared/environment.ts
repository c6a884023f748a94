/** A variable that the stack sets; its absence is a mistake of the deployment, not of the data. */
export function environment(name: string): string {
  const value = process.env[name];
  if (!value)
    throw new Error(`The environment variable ${name} is not set: the pipeline's stack sets it on the function.`);
  return value;
}
