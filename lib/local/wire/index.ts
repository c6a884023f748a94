export { announcedTrailers, trailersOf } from './chunked';
export { type Authorize, dispatch } from './dispatch';
export { PortInUseError, UnknownOperationError } from './errors';
export { type Hook, startServer, type WireOptions, type WireServer } from './server';
