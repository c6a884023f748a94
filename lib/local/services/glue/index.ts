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
import { openGlue } from './state';
import { UpdateDatabase } from './UpdateDatabase';
import { UpdatePartition } from './UpdatePartition';
import { UpdateTable } from './UpdateTable';

/** The AWS Glue Data Catalog. */
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
      UpdateDatabase,
      UpdatePartition,
      UpdateTable,
    },
  });
}
