import { tableTask } from '../shared/tables/table-task';
import { mysql } from './mysql';

export const handler = tableTask(mysql);
