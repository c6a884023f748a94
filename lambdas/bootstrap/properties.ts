/** The custom resource `Custom::StepwellDatabaseUser`: a pipeline's user in one database. */
import * as z from 'zod/mini';

const common = {
  ServiceToken: z.optional(z.string()),
  ServiceTimeout: z.optional(z.string()),
  Pipeline: z.string(),
  /** the user's `{username, password}` */
  UserSecretArn: z.string(),
  /** target schemas, where the user may create tables */
  Schemas: z.array(z.string()),
  /** JSON of `ReadTable[]`: of other pipelines, which this one's user may read */
  Reads: z.optional(z.string()),
  Database: z.string(),
  AdminSecretArn: z.string(),
  /** changes with this function's code, so that a deploy brings procedures up to date */
  Version: z.optional(z.string()),
};

export const properties = z.discriminatedUnion('Engine', [
  z.strictObject({ Engine: z.literal('redshift'), ...common, WorkgroupName: z.string() }),
  z.strictObject({ Engine: z.literal('postgres'), ...common, ClusterArn: z.string() }),
]);
export type Properties = z.infer<typeof properties>;

export interface Login {
  readonly username: string;
  readonly password: string;
}
