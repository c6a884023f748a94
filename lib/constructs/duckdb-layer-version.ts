import { Architecture, AssetCode, LayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Annotations, AssetHashType } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { duckdbLayer, type LayerContents, undeployableLayer } from './duckdb-layer';
import { LayerUnavailable } from './errors';

/** DuckDB for the functions that read and write Parquet. */
export class DuckdbLayer extends Construct {
  readonly version: LayerVersion;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const { directory, hash } = this.contents();
    this.version = new LayerVersion(this, 'Version', {
      description: 'DuckDB for Node.js, arm64',
      code: new AssetCode(directory, { assetHash: hash, assetHashType: AssetHashType.CUSTOM }),
      compatibleArchitectures: [Architecture.ARM_64],
      compatibleRuntimes: [Runtime.NODEJS_22_X],
    });
  }

  /** Offline the local cloud still starts, as it uses this machine's DuckDB; the error keeps `cdk` from deploying. */
  private contents(): LayerContents {
    try {
      return duckdbLayer();
    } catch (error) {
      if (!(error instanceof LayerUnavailable)) throw error;
      Annotations.of(this).addError(error.message);
      return undeployableLayer();
    }
  }
}
