import type { Operation } from '../../../service';
import type { HttpRequest } from './request';
import { type HttpResponse, send } from './send';

interface Input {
  readonly stateMachineArn: string;
  /** As the state says it, without what its connection adds. */
  readonly endpoint: string;
  readonly request: HttpRequest;
  readonly signal: AbortSignal;
}

/** No operation of the API: the permission is asked of the role of a state machine that has an HTTP Task. */
export const InvokeHTTPEndpoint = (): Operation<Input, HttpResponse> => ({
  authorize: ({ stateMachineArn, endpoint, request }) => [
    {
      action: 'states:InvokeHTTPEndpoint',
      resource: stateMachineArn,
      context: { 'states:HTTPEndpoint': endpoint, 'states:HTTPMethod': request.method },
    },
  ],

  handle: ({ request, signal }) => send(request, signal),
});
