import type { IamRegistry } from '../../iam';
import type { Service } from '../../service';
import { attachRolePolicy } from './AttachRolePolicy';
import { createPolicy } from './CreatePolicy';
import { createRole } from './CreateRole';
import { deletePolicy } from './DeletePolicy';
import { deleteRole } from './DeleteRole';
import { deleteRolePermissionsBoundary } from './DeleteRolePermissionsBoundary';
import { deleteRolePolicy } from './DeleteRolePolicy';
import { detachRolePolicy } from './DetachRolePolicy';
import { getPolicy } from './GetPolicy';
import { getPolicyVersion } from './GetPolicyVersion';
import { getRole } from './GetRole';
import { getRolePolicy } from './GetRolePolicy';
import { listAttachedRolePolicies } from './ListAttachedRolePolicies';
import { listRolePolicies } from './ListRolePolicies';
import { listRoles } from './ListRoles';
import { listRoleTags } from './ListRoleTags';
import { putRolePermissionsBoundary } from './PutRolePermissionsBoundary';
import { putRolePolicy } from './PutRolePolicy';
import { tagRole } from './TagRole';
import { untagRole } from './UntagRole';
import { updateAssumeRolePolicy } from './UpdateAssumeRolePolicy';

/** AWS IAM, as far as roles go: those of the templates and those that calls make. */
export function createIamService(registry: IamRegistry): Service {
  return {
    name: 'iam',
    operations: {
      AttachRolePolicy: attachRolePolicy(registry),
      CreatePolicy: createPolicy(registry),
      CreateRole: createRole(registry),
      DeletePolicy: deletePolicy(registry),
      DeleteRole: deleteRole(registry),
      DeleteRolePermissionsBoundary: deleteRolePermissionsBoundary(registry),
      DeleteRolePolicy: deleteRolePolicy(registry),
      DetachRolePolicy: detachRolePolicy(registry),
      GetPolicy: getPolicy(registry),
      GetPolicyVersion: getPolicyVersion(registry),
      GetRole: getRole(registry),
      GetRolePolicy: getRolePolicy(registry),
      ListAttachedRolePolicies: listAttachedRolePolicies(registry),
      ListRolePolicies: listRolePolicies(registry),
      ListRoleTags: listRoleTags(registry),
      ListRoles: listRoles(registry),
      PutRolePermissionsBoundary: putRolePermissionsBoundary(registry),
      PutRolePolicy: putRolePolicy(registry),
      TagRole: tagRole(registry),
      UntagRole: untagRole(registry),
      UpdateAssumeRolePolicy: updateAssumeRolePolicy(registry),
    },
  };
}
