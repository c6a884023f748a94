/** What is read of a record: of the user as randomuser.me gives it, and when it came. */
import { decimal, key, text, timestamp } from '../../lib/pipeline';

export const columns = {
  user_id: key.text(36).from('body.login.uuid'),
  received_at: timestamp().notNull(),
  gender: text(16).from('body.gender'),
  title: text(32).from('body.name.title'),
  first_name: text(100).notNull().from('body.name.first'),
  last_name: text(100).notNull().from('body.name.last'),
  username: text(60).from('body.login.username'),
  // For its domain: the address itself goes no further than the row function.
  email: text(200).notNull().from('body.email'),
  phone: text(40).pii('mask').from('body.phone'),
  cell: text(40).pii('mask').from('body.cell'),
  national_id: text(40).pii('hash').from('body.id.value'),
  born_at: timestamp().notNull().from('body.dob.date'),
  registered_at: timestamp().notNull().from('body.registered.date'),
  city: text(100).from('body.location.city'),
  state: text(100).from('body.location.state'),
  country: text(60).notNull().from('body.location.country'),
  // a number in most countries, a text in others
  postcode: text(16).from('body.location.postcode'),
  latitude: decimal(7, 4).from('body.location.coordinates.latitude'),
  longitude: decimal(7, 4).from('body.location.coordinates.longitude'),
  utc_offset: text(8).from('body.location.timezone.offset'),
  nationality: text(2).from('body.nat'),
};
