import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Aws, type CfnResource, RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { LakeTable } from '../compiler/types';
import { protection } from './protection';

type Column = LakeTable['columns'][number];

const PARQUET = {
  inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
  outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
  serdeInfo: { serializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' },
};

/** The pipeline's tables in the Glue catalog, over Parquet in the lake bucket. Publishing adds their partitions. */
export class LakeTables extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { tables, lake }: { readonly tables: readonly LakeTable[]; readonly lake: IBucket },
  ) {
    super(scope, id);
    const databases = new Map<string, CfnDatabase>();
    // The files stay, and without the catalog nobody could read them. Both have names of their own: see DynamoTables.
    const policy = protection(this).deletionProtection
      ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
      : RemovalPolicy.DESTROY;
    const kept = <R extends CfnResource>(resource: R): R => {
      resource.applyRemovalPolicy(policy);
      return resource;
    };
    for (const { database, table, columns, partitionColumns } of tables) {
      if (!databases.has(database)) {
        databases.set(
          database,
          kept(
            new CfnDatabase(this, `Database ${database}`, {
              catalogId: Aws.ACCOUNT_ID,
              databaseInput: { name: database, locationUri: lake.s3UrlForObject(`${database}/`) },
            }),
          ),
        );
      }
      const resource = kept(
        new CfnTable(this, `Table ${database}.${table}`, {
          catalogId: Aws.ACCOUNT_ID,
          databaseName: database,
          tableInput: {
            name: table,
            tableType: 'EXTERNAL_TABLE',
            parameters: { classification: 'parquet', EXTERNAL: 'TRUE' },
            partitionKeys: partitionColumns.map(glueColumn),
            storageDescriptor: {
              ...PARQUET,
              location: lake.s3UrlForObject(`${database}/${table}/`),
              columns: columns.map(glueColumn),
            },
          },
        }),
      );
      resource.addResourceDependency(databases.get(database)!);
    }
  }
}

function glueColumn({ name, type }: Column): { name: string; type: string } {
  return { name, type: glueType(type) };
}

function glueType(type: Column['type']): string {
  switch (type.type) {
    case 'integer':
      return 'int';
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`;
    case 'text':
    case 'json':
      return 'string';
    default:
      return type.type;
  }
}
