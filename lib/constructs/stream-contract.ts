import { createHash } from 'node:crypto';
import { CfnRegistry, CfnSchema, CfnSchemaVersion } from 'aws-cdk-lib/aws-glue';
import { type CfnResource, RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { StreamContractSpec } from '../compiler/types';
import { protection } from './protection';

/**
 * The contract of the pipeline's stream in the Glue Schema Registry. CloudFormation updates no definition in place: that of the schema is its
 * first version for ever, each later one is a resource of its own, called after what it says, and none is ever taken away, since records
 * may lie in the stream, or in a backup, that name it.
 */
export class StreamContract extends Construct {
  constructor(scope: Construct, id: string, { contract, pipeline }: StreamContractProps) {
    super(scope, id);
    const policy = protection(this).deletionProtection
      ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
      : RemovalPolicy.DESTROY;
    const kept = <R extends CfnResource>(resource: R, removal = policy): R => {
      resource.applyRemovalPolicy(removal);
      return resource;
    };
    const registry = kept(
      new CfnRegistry(this, 'Registry', {
        name: contract.registry,
        description: `Contracts of the streams that the pipeline ${pipeline} reads`,
      }),
    );
    const [first, ...later] = contract.versions;
    let before: CfnResource = kept(
      new CfnSchema(this, 'Schema', {
        name: contract.name,
        registry: { arn: registry.ref },
        dataFormat: 'JSON',
        compatibility: 'BACKWARD',
        schemaDefinition: first!,
      }),
    );
    const schemaArn = before.ref;
    for (const definition of later) {
      const version = kept(
        new CfnSchemaVersion(this, `Version ${shortHash(definition)}`, {
          schema: { schemaArn },
          schemaDefinition: definition,
        }),
        RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      );
      // They are numbered in the order in which they are made, and each is compared with the one before.
      version.addResourceDependency(before);
      before = version;
    }
  }
}

export interface StreamContractProps {
  readonly pipeline: string;
  readonly contract: StreamContractSpec;
}

const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);
