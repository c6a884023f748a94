import type { Service } from '../../service';
import { statefulService } from '../stateful';
import { BatchCreatePartition } from './BatchCreatePartition';
import { BatchDeletePartition } from './BatchDeletePartition';
import { BatchGetPartition } from './BatchGetPartition';
import { BatchUpdatePartition } from './BatchUpdatePartition';
import { CreateDatabase } from './CreateDatabase';
import { CreatePartition } from './CreatePartition';
import { CreateTable } from './CreateTable';
import { DeleteDatabase } from './DeleteDatabase';
import { DeletePartition } from './DeletePartition';
import { DeleteTable } from './DeleteTable';
import { GetDatabase } from './GetDatabase';
import { GetDatabases } from './GetDatabases';
import { GetPartition } from './GetPartition';
import { GetPartitions } from './GetPartitions';
import { GetTable } from './GetTable';
import { GetTables } from './GetTables';
import { CheckSchemaVersionValidity } from './schemas/CheckSchemaVersionValidity';
import { CreateRegistry } from './schemas/CreateRegistry';
import { CreateSchema } from './schemas/CreateSchema';
import { DeleteRegistry } from './schemas/DeleteRegistry';
import { DeleteSchema } from './schemas/DeleteSchema';
import { GetRegistry } from './schemas/GetRegistry';
import { GetSchema } from './schemas/GetSchema';
import { GetSchemaByDefinition } from './schemas/GetSchemaByDefinition';
import { GetSchemaVersion } from './schemas/GetSchemaVersion';
import { ListRegistries } from './schemas/ListRegistries';
import { ListSchemas } from './schemas/ListSchemas';
import { ListSchemaVersions } from './schemas/ListSchemaVersions';
import { RegisterSchemaVersion } from './schemas/RegisterSchemaVersion';
import { UpdateRegistry } from './schemas/UpdateRegistry';
import { UpdateSchema } from './schemas/UpdateSchema';
import { openGlue } from './state';
import { UpdateDatabase } from './UpdateDatabase';
import { UpdatePartition } from './UpdatePartition';
import { UpdateTable } from './UpdateTable';

/** The AWS Glue Data Catalog, and the schema registry. */
export function createGlueService(): Service {
  return statefulService({
    name: 'glue',
    open: openGlue,
    operations: {
      BatchCreatePartition,
      BatchDeletePartition,
      BatchGetPartition,
      BatchUpdatePartition,
      CreateDatabase,
      CreatePartition,
      CreateTable,
      DeleteDatabase,
      DeletePartition,
      DeleteTable,
      GetDatabase,
      GetDatabases,
      GetPartition,
      GetPartitions,
      GetTable,
      GetTables,
      CheckSchemaVersionValidity,
      CreateRegistry,
      CreateSchema,
      DeleteRegistry,
      DeleteSchema,
      GetRegistry,
      GetSchema,
      GetSchemaByDefinition,
      GetSchemaVersion,
      ListRegistries,
      ListSchemaVersions,
      ListSchemas,
      RegisterSchemaVersion,
      UpdateRegistry,
      UpdateSchema,
      UpdateDatabase,
      UpdatePartition,
      UpdateTable,
    },
  });
}
