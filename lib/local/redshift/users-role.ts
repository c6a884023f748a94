/** Every Redshift user is a member: who may connect to a Redshift database. */
export const USERS_ROLE = 'redshift.users';
