/** Stands in for randomuser.me, unless the real one is wanted: people made up here, in its format. */
import { RANDOMUSER_ORIGIN, startRandomUserServer } from '../../lib/samples/randomuser/server';

export async function startServices() {
  if (process.env.STEPWELL_RANDOMUSER === 'real') return { secrets: {}, close: async () => {} };
  const server = await startRandomUserServer();
  return {
    secrets: {},
    origins: { [RANDOMUSER_ORIGIN]: server.url },
    note: 'sample data, of people made up here. For those of randomuser.me: STEPWELL_RANDOMUSER=real npm start',
    close: () => server.close(),
  };
}
