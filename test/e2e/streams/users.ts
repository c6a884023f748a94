import { BadRow, type RowFunction } from '../../../lib/pipeline';
import type { columns, userColumns } from './people';

const users: RowFunction<typeof columns, typeof userColumns> = ({ user_id, country, points, received_at }) => {
  if (points === 13) throw new BadRow('13 points are none');
  if (points === -1) throw new TypeError('no such points');
  return { user_id, country: country?.toUpperCase() ?? null, points, received_at };
};
export default users;
