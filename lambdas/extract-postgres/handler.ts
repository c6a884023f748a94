import { tableTask } from '../shared/tables/table-task';
import { postgres } from './postgres';

export const handler = tableTask(postgres);
