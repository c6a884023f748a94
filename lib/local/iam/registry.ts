/** The roles and policies that the templates declare, kept in memory: they are registered anew at each start. */
import { managedPolicy } from './managed-policies';
import { type CompiledStatement, compilePolicy, type PolicyDocument } from './policy';

export interface Role {
  readonly arn: string;
  readonly name: string;
  readonly trust: PolicyDocument;
  readonly inline: Readonly<Record<string, PolicyDocument>>;
  readonly managedPolicyArns: readonly string[];
  readonly permissionsBoundaryArn?: string;
}

export class IamRegistry {
  private readonly roles = new Map<string, Role>();
  private readonly trusts = new Map<string, readonly CompiledStatement[]>();
  /** policy id → what it says and to which roles (by name) it is attached */
  private readonly attached = new Map<
    string,
    { statements: readonly CompiledStatement[]; roleNames: readonly string[] }
  >();
  private readonly managed = new Map<string, readonly CompiledStatement[]>();
  private readonly resourcePolicies = new Map<string, Map<string, readonly CompiledStatement[]>>();
  /** role ARN → statements; emptied whenever a policy changes */
  private readonly identityCache = new Map<string, readonly CompiledStatement[]>();

  putRole(role: Role): void {
    this.roles.set(role.arn, role);
    this.trusts.set(role.arn, compilePolicy(role.trust, `${role.name}/trust`));
    this.identityCache.clear();
  }

  removeRole(arn: string): void {
    this.roles.delete(arn);
    this.trusts.delete(arn);
    this.identityCache.clear();
  }

  role(arn: string): Role | undefined {
    return this.roles.get(arn);
  }

  /** `AWS::IAM::Policy`: a document of its own, put on roles by name. */
  attachPolicy(id: string, document: PolicyDocument, roleNames: readonly string[]): void {
    this.attached.set(id, { statements: compilePolicy(document, id), roleNames });
    this.identityCache.clear();
  }

  detachPolicy(id: string): void {
    this.attached.delete(id);
    this.identityCache.clear();
  }

  putManagedPolicy(arn: string, document: PolicyDocument): void {
    this.managed.set(arn, compilePolicy(document, arn));
    this.identityCache.clear();
  }

  removeManagedPolicy(arn: string): void {
    this.managed.delete(arn);
    this.identityCache.clear();
  }

  /** A bucket's, queue's, topic's, function's or key's policy. A resource may have several, each under an id of its own. */
  putResourcePolicy(resourceArn: string, id: string, document: PolicyDocument): void {
    const policies = this.resourcePolicies.get(resourceArn) ?? new Map<string, readonly CompiledStatement[]>();
    policies.set(id, compilePolicy(document, id));
    this.resourcePolicies.set(resourceArn, policies);
  }

  removeResourcePolicy(resourceArn: string, id: string): void {
    const policies = this.resourcePolicies.get(resourceArn);
    policies?.delete(id);
    if (policies?.size === 0) this.resourcePolicies.delete(resourceArn);
  }

  trustOf(roleArn: string): readonly CompiledStatement[] {
    return this.trusts.get(roleArn) ?? [];
  }

  identityStatements(roleArn: string): readonly CompiledStatement[] {
    const cached = this.identityCache.get(roleArn);
    if (cached !== undefined) return cached;
    const role = this.roles.get(roleArn);
    const statements =
      role === undefined
        ? []
        : [
            ...Object.entries(role.inline).flatMap(([name, document]) =>
              compilePolicy(document, `${role.name}/${name}`),
            ),
            ...[...this.attached.values()].flatMap((policy) =>
              policy.roleNames.includes(role.name) ? policy.statements : [],
            ),
            ...role.managedPolicyArns.flatMap((arn) => this.managedStatements(arn) ?? []),
          ];
    this.identityCache.set(roleArn, statements);
    return statements;
  }

  /** Undefined: the role has no boundary. */
  boundaryStatements(roleArn: string): readonly CompiledStatement[] | undefined {
    const arn = this.roles.get(roleArn)?.permissionsBoundaryArn;
    return arn === undefined ? undefined : (this.managedStatements(arn) ?? []);
  }

  /** Undefined: neither in the templates nor in the table of AWS's own. */
  managedStatements(arn: string): readonly CompiledStatement[] | undefined {
    const known = this.managed.get(arn);
    if (known !== undefined) return known;
    const document = managedPolicy(arn);
    if (document === undefined) return undefined;
    const statements = compilePolicy(document, arn);
    this.managed.set(arn, statements);
    return statements;
  }

  /** The policies of the resource itself or of what it is part of (an object's bucket, a function's version). */
  resourceStatements(resource: string): readonly CompiledStatement[] {
    const owner = ownerOf(resource);
    return [...(this.resourcePolicies.get(owner)?.values() ?? [])].flat();
  }
}

function ownerOf(resource: string): string {
  if (resource.startsWith('arn:aws:s3:::')) return resource.split('/')[0] as string;
  if (resource.startsWith('arn:aws:lambda:')) return resource.split(':').slice(0, 7).join(':');
  return resource;
}
