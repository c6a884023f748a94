import { join } from 'node:path';
import type { PostgresServer } from '../../postgres/server';
import { createRedshift, type RedshiftDatabase } from '../../redshift/database';
import type { CloudContext } from '../../service';
import { readJson, writeJson } from '../../store';
import { uuidOf } from '../../template/resources/redshiftserverless-namespace';
import { validation } from './errors';

export interface Namespace {
  readonly namespace: string;
  readonly dbName: string;
  readonly adminUser: string;
  /** roles that COPY may name */
  readonly iamRoles: readonly string[];
  readonly defaultIamRole?: string;
}

export interface NamespaceRegistration extends RedshiftDatabase {
  readonly iamRoles: readonly string[];
  readonly defaultIamRole?: string;
}

export interface Workgroup extends Namespace {
  readonly workgroup: string;
  readonly arn: string;
}

export interface Workgroups {
  registerNamespace(registration: NamespaceRegistration): Promise<void>;
  registerWorkgroup(registration: { readonly workgroup: string; readonly namespace: string }): Promise<void>;
  list(): readonly Workgroup[];
  /** by name or ARN */
  find(nameOrArn: string | undefined): Workgroup | undefined;
  /** Refuses in AWS's words what does not exist. */
  get(nameOrArn: string | undefined): Workgroup;
}

interface Registry {
  readonly namespaces: Record<string, Namespace>;
  /** workgroup → namespace */
  readonly workgroups: Record<string, string>;
}

export async function openWorkgroups(
  cloud: CloudContext,
  folder: string,
  postgres: PostgresServer,
): Promise<Workgroups> {
  const file = join(folder, 'workgroups.json');
  const registry: Registry = (await readJson<Registry>(file)) ?? { namespaces: {}, workgroups: {} };
  const list = () =>
    Object.entries(registry.workgroups).flatMap(([workgroup, name]) => {
      const namespace = registry.namespaces[name];
      const arn = `arn:aws:redshift-serverless:${cloud.region}:${cloud.account}:workgroup/${uuidOf(`workgroup/${workgroup}`)}`;
      return namespace ? [{ ...namespace, workgroup, arn }] : [];
    });
  const find = (nameOrArn: string | undefined) =>
    list().find(({ workgroup, arn }) => workgroup === nameOrArn || arn === nameOrArn);
  return {
    async registerNamespace({ adminPassword, ...namespace }) {
      await createRedshift(postgres, { ...namespace, adminPassword });
      registry.namespaces[namespace.namespace] = namespace;
      await writeJson(file, registry);
    },
    async registerWorkgroup({ workgroup, namespace }) {
      if (!registry.namespaces[namespace]) throw validation(`Namespace ${namespace} does not exist`);
      registry.workgroups[workgroup] = namespace;
      await writeJson(file, registry);
    },
    list,
    find,
    get(nameOrArn) {
      if (!nameOrArn)
        throw validation(
          'Either ClusterIdentifier or WorkgroupName must be specified; the local cloud has workgroups only',
        );
      const found = find(nameOrArn);
      if (!found) throw validation("Redshift endpoint doesn't exist in this region.");
      return found;
    },
  };
}
