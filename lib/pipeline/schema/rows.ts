/** Sources that read rows: an API, a database, a DynamoDB table. */
import * as z from 'zod';
import { rowSourceConfig } from '../../tasks/extract-rows';
import { customMistakes } from '../sources/custom-mistakes';
import { databaseMistakes } from '../sources/database-mistakes';
import { dynamoDbMistakes } from '../sources/dynamodb';
import { httpMistakes } from '../sources/http-mistakes';
import type { RowSource } from '../types';
import { duration, say, share } from './common';
import { sourceCommon } from './source-common';

const scalarOrNull = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const ids = (what: string, prefix: string) =>
  z
    .array(
      z
        .string()
        .regex(new RegExp(`^${prefix}-[0-9a-f]+$`), say(`${what} is written as ${prefix}-0a1b2c3d`, 'Correct it.')),
    )
    .min(1, say(`a network has ${what}`, 'Name at least one.'));
const network = z.strictObject({
  subnetIds: ids('a subnet', 'subnet').max(16, say('a function takes up to 16 subnets', 'Remove some.')),
  securityGroupIds: ids('a security group', 'sg').max(
    5,
    say('a function takes up to 5 security groups', 'Remove some.'),
  ),
});

/** `config` is checked by the shape of its kind. */
export const rowSource = z
  .strictObject({
    kind: z.enum(['httpApi', 'mysql', 'postgres', 'dynamoDb', 'custom']),
    config: rowSourceConfig,
    ...sourceCommon,
    cursor: z
      .strictObject({
        column: z.string(),
        initialValue: z.iso.datetime({ offset: true }).optional(),
        lag: duration.optional(),
      })
      .optional(),
    partitions: z
      .array(z.strictObject({ id: z.string().min(1), values: z.record(z.string(), scalarOrNull) }))
      .min(1, say('a source has a partition', 'Name one, or leave partitions out.'))
      .optional(),
    tolerate: share.optional(),
    network: network.optional(),
  })
  .superRefine((value, context) => {
    for (const { path, rule, remedy } of [
      ...httpMistakes(value as RowSource),
      ...databaseMistakes(value as RowSource),
      ...dynamoDbMistakes(value as RowSource),
      ...customMistakes(value as RowSource),
    ]) {
      context.addIssue({ code: 'custom', path: [...path], message: say(rule, remedy), input: value });
    }
  });
