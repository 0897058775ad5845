/**
 * The one way in which a request ends badly before MCP: `application/problem+json` (RFC 9457) with our stable `code`.
 * `type` is `about:blank`, so `title` is the status' own phrase; programs branch on `code`. No stack, no cluster text,
 * no `detail` of a BulkheadError (that is the operator's): `report` gets the error and must log it through guard/output.
 *
 * Order: `app.onError(onProblem(…))`, `app.notFound(noRoute)`; `methodNotAllowed` after a path's own routes.
 */
import type { ErrorHandler, Handler, NotFoundHandler } from 'hono'
import { asBulkheadError, BulkheadError } from '../errors.ts'
import type { HttpEnv } from './env.ts'

export const PROBLEM_TYPE = 'application/problem+json'

/** RFC 9110's phrases for every status in CODES; a status without one is shown as `Error`. */
const PHRASES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

/** The answer for an error. `headers` are added to it: a challenge, an Allow. */
export const problem = (error: BulkheadError, headers: Readonly<Record<string, string>> = {}): Response => {
  const body = {
    type: 'about:blank',
    title: PHRASES[error.status] ?? 'Error',
    status: error.status,
    code: error.code,
    detail: error.message,
  }
  return new Response(`${JSON.stringify(body)}\n`, {
    status: error.status,
    headers: {
      'content-type': PROBLEM_TYPE,
      ...(error.retryAfter === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(error.retryAfter))) }),
      ...headers,
    },
  })
}

export interface ProblemOptions {
  /** Told of every error that ended a request, with the request's id: for the log (through guard/output) and metrics. */
  readonly report: (error: BulkheadError, requestId: string) => void
}

export const onProblem = ({ report }: ProblemOptions): ErrorHandler<HttpEnv> =>
  function onProblem(thrown, c) {
    const error = asBulkheadError(thrown)
    report(error, c.get('requestId'))
    return problem(error)
  }

export const noRoute: NotFoundHandler<HttpEnv> = () =>
  problem(new BulkheadError('no_route', 'Nothing is served at this path. Agents use POST /mcp.'))

/** `allow`: the methods that the path does take, such as `['POST']`. */
export const methodNotAllowed = (allow: readonly string[]): Handler<HttpEnv> =>
  function methodNotAllowed() {
    const methods = allow.join(', ')
    return problem(new BulkheadError('method_not_allowed', `This path takes ${methods} only.`), { allow: methods })
  }
