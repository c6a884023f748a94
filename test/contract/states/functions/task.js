/**
 * Does what its event says, so that a state machine says how its tasks behave:
 * `sleepMs` first, then `fails` ({ name, message }) on attempts before number `until` (always, unless told; `attempt` is the
 * state's RetryCount), otherwise it answers with `returns` (the whole event, unless told).
 */
exports.handler = async (event) => {
  const { sleepMs, fails, until, attempt = 0 } = event ?? {};
  if (sleepMs !== undefined) await new Promise((resolve) => setTimeout(resolve, sleepMs));
  if (fails !== undefined && !(attempt >= until)) {
    const error = new Error(fails.message);
    error.name = fails.name;
    throw error;
  }
  return event?.returns === undefined ? event : event.returns;
};
