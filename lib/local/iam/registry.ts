import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { managedPolicy } from './managed-policies';
import { type CompiledStatement, compilePolicy, type PolicyDocument } from './policy';

export interface Role {
  readonly arn: string;
  readonly name: string;
  readonly trust: PolicyDocument;
  readonly inline: Readonly<Record<string, PolicyDocument>>;
  readonly managedPolicyArns: readonly string[];
  readonly permissionsBoundaryArn?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly description?: string;
  readonly createdAt?: number;
  readonly maxSessionSeconds?: number;
}

/** All that the templates say about access, as it is kept on disk. */
interface Documents {
  roles: Record<string, Role>;
  attached: Record<string, { document: PolicyDocument; roleNames: readonly string[] }>;
  managed: Record<string, PolicyDocument>;
  /** resource ARN → policy id → document */
  resources: Record<string, Record<string, PolicyDocument>>;
  /** ARNs of roles that there were */
  gone: Record<string, true>;
}

/**
 * The roles and policies that the templates declare. They are applied at each start; the copy on disk is for what services take up
 * (deliveries, executions) before that.
 */
export class IamRegistry {
  private readonly documents: Documents = { roles: {}, attached: {}, managed: {}, resources: {}, gone: {} };
  /** emptied whenever a document changes */
  private readonly compiled = new Map<string, readonly CompiledStatement[]>();
  private saving: NodeJS.Immediate | undefined;
  private isHeld = false;

  constructor(private readonly file?: string) {
    if (file !== undefined && existsSync(file)) Object.assign(this.documents, JSON.parse(readFileSync(file, 'utf8')));
  }

  putRole(role: Role): void {
    // A document that cannot be evaluated is refused now, not at the first call.
    compilePolicy(role.trust, `${role.name}/trust`);
    for (const [name, document] of Object.entries(role.inline)) compilePolicy(document, name);
    this.change(this.documents.roles, role.arn, role);
    this.change(this.documents.gone, role.arn, undefined);
  }

  removeRole(arn: string): void {
    if (this.documents.roles[arn] !== undefined) this.change(this.documents.gone, arn, true);
    this.change(this.documents.roles, arn, undefined);
  }

  /** Neither the templates nor a call has ever made such a role: what it may do is not known here. */
  isStranger(arn: string): boolean {
    return this.documents.roles[arn] === undefined && this.documents.gone[arn] === undefined;
  }

  role(arn: string): Role | undefined {
    return this.documents.roles[arn];
  }

  roles(): readonly Role[] {
    return Object.values(this.documents.roles);
  }

  /** `AWS::IAM::Policy`: a document of its own, put on roles by name. */
  attachPolicy(id: string, document: PolicyDocument, roleNames: readonly string[]): void {
    compilePolicy(document, id);
    this.change(this.documents.attached, id, { document, roleNames });
  }

  detachPolicy(id: string): void {
    this.change(this.documents.attached, id, undefined);
  }

  putManagedPolicy(arn: string, document: PolicyDocument): void {
    compilePolicy(document, arn);
    this.change(this.documents.managed, arn, document);
  }

  removeManagedPolicy(arn: string): void {
    this.change(this.documents.managed, arn, undefined);
  }

  /** Whether a managed policy is one of the templates' or one of AWS's that are known here. */
  hasManagedPolicy(arn: string): boolean {
    return this.managedDocument(arn) !== undefined;
  }

  /** A bucket's, queue's, topic's, function's or key's policy. A resource may have several, each under an id of its own. */
  putResourcePolicy(resourceArn: string, id: string, document: PolicyDocument): void {
    compilePolicy(document, id);
    this.change(this.documents.resources, resourceArn, { ...this.documents.resources[resourceArn], [id]: document });
  }

  removeResourcePolicy(resourceArn: string, id: string): void {
    const { [id]: _, ...others } = this.documents.resources[resourceArn] ?? {};
    this.change(this.documents.resources, resourceArn, Object.keys(others).length === 0 ? undefined : others);
  }

  trustOf(roleArn: string): readonly CompiledStatement[] {
    const role = this.documents.roles[roleArn];
    return role === undefined
      ? []
      : this.compile(`trust ${roleArn}`, () => compilePolicy(role.trust, `${role.name}/trust`));
  }

  identityStatements(roleArn: string): readonly CompiledStatement[] {
    const role = this.documents.roles[roleArn];
    if (role === undefined) return [];
    return this.compile(`identity ${roleArn}`, () => [
      ...Object.entries(role.inline).flatMap(([name, document]) => compilePolicy(document, `${role.name}/${name}`)),
      ...Object.entries(this.documents.attached).flatMap(([id, { document, roleNames }]) =>
        roleNames.includes(role.name) ? compilePolicy(document, id) : [],
      ),
      ...role.managedPolicyArns.flatMap((arn) => this.managedStatements(arn)),
    ]);
  }

  /** Undefined: the role has no boundary. */
  boundaryStatements(roleArn: string): readonly CompiledStatement[] | undefined {
    const arn = this.documents.roles[roleArn]?.permissionsBoundaryArn;
    return arn === undefined ? undefined : this.managedStatements(arn);
  }

  /** The policies of the resource itself or of what it is part of (an object's bucket, a function's version). */
  resourceStatements(resource: string): readonly CompiledStatement[] {
    const owner = ownerOf(resource);
    const policies = this.documents.resources[owner];
    if (policies === undefined) return [];
    return this.compile(`resource ${owner}`, () =>
      Object.entries(policies).flatMap(([id, document]) => compilePolicy(document, id)),
    );
  }

  /** Until the next `flush` nothing is written: templates that are applied have hundreds of changes, and a kill applies them anew. */
  hold(): void {
    this.isHeld = true;
  }

  /** Writes what has changed. It is written by itself, too, soon after each change. */
  flush(): void {
    this.isHeld = false;
    if (this.saving === undefined || this.file === undefined) return;
    clearImmediate(this.saving);
    this.saving = undefined;
    mkdirSync(dirname(this.file), { recursive: true });
    writeFileSync(`${this.file}.tmp`, JSON.stringify(this.documents));
    renameSync(`${this.file}.tmp`, this.file);
  }

  managedDocument(arn: string): PolicyDocument | undefined {
    return this.documents.managed[arn] ?? managedPolicy(arn);
  }

  private managedStatements(arn: string): readonly CompiledStatement[] {
    const document = this.managedDocument(arn);
    return document === undefined ? [] : this.compile(`managed ${arn}`, () => compilePolicy(document, arn));
  }

  private compile(key: string, make: () => readonly CompiledStatement[]): readonly CompiledStatement[] {
    const known = this.compiled.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.compiled.set(key, made);
    return made;
  }

  private change<T>(table: Record<string, T>, key: string, value: T | undefined): void {
    if (isDeepStrictEqual(table[key], value)) return;
    if (value === undefined) delete table[key];
    else table[key] = value;
    this.compiled.clear();
    if (this.file !== undefined) this.saving ??= setImmediate(() => this.isHeld || this.flush());
  }
}

function ownerOf(resource: string): string {
  if (resource.startsWith('arn:aws:s3:::')) return resource.split('/')[0] as string;
  if (resource.startsWith('arn:aws:lambda:')) return resource.split(':').slice(0, 7).join(':');
  return resource;
}
