/** `stepwell:sourceVpc` in the context of `cdk.json`. */
import * as z from 'zod';
import { parsedJson, SettingError } from './setting-error';

const id = (kind: string) =>
  z.string().regex(new RegExp(`^${kind}-[0-9a-f]+$`), `is no id of the form ${kind}-0a1b2c3d`);

const sourceVpc = z.strictObject({
  vpcId: id('vpc'),
  /** where the functions of sources run */
  subnetIds: z.array(id('subnet')).min(1, 'names no subnet'),
  /** of those subnets: S3 is reached through them */
  routeTableIds: z.array(id('rtb')).min(1, 'names no route table'),
  /** of the databases */
  ports: z.array(z.int().min(1).max(65_535)).min(1).default([3306, 5432]),
});

const EXAMPLE =
  '{"vpcId":"vpc-0a1b2c3d","subnetIds":["subnet-0a1b2c3d"],"routeTableIds":["rtb-0a1b2c3d"],"ports":[3306]}';

/** @throws {SettingError} for one that is not understood */
export function sourceVpcOf(at: string, given: unknown): z.infer<typeof sourceVpc> {
  const parsed = sourceVpc.safeParse(parsedJson(given));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue!.path.join('.');
  throw new SettingError(at, given, `${field ? `${field} ` : ''}${issue!.message}`, `Use e.g. ${EXAMPLE}`);
}
