import { RemovalPolicy } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import { settingsOf } from './settings';

/** Whether what holds data outlives its stack. */
export interface Protection {
  readonly deletionProtection: boolean;
  readonly removalPolicy: RemovalPolicy;
}

/**
 * `cdk deploy -c stepwell:disposable=true` makes an installation that `cdk destroy` takes away with its data.
 * Otherwise databases, buckets and the ledger are protected.
 */
export function protection(scope: IConstruct): Protection {
  const { disposable } = settingsOf(scope);
  return {
    deletionProtection: !disposable,
    removalPolicy: disposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
  };
}
