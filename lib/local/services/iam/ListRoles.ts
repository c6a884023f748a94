import type { ListRolesCommandInput, ListRolesCommandOutput } from '@aws-sdk/client-iam';
import type { IamRegistry } from '../../iam';
import type { Operation } from '../../service';
import { page } from '../stateful';
import { pathOf, roleOutput } from './entities';

type Output = Omit<ListRolesCommandOutput, '$metadata'>;

export const listRoles = (registry: IamRegistry): Operation<ListRolesCommandInput, Output> => ({
  authorize: () => [{ action: 'iam:ListRoles', resource: '*' }],

  async handle(input) {
    const all = registry.roles().filter(({ arn }) => pathOf(arn).startsWith(input.PathPrefix ?? '/'));
    const { items, nextToken } = page(all, input.MaxItems ?? 100, input.Marker);
    return {
      Roles: items.map(roleOutput),
      IsTruncated: nextToken !== undefined,
      ...(nextToken === undefined ? {} : { Marker: nextToken }),
    };
  },
});
