/**
 * `pods/NAME/log` with the API server's and the kubelet's manners: which container, which run of it, which part, and
 * the refusals for each thing that cannot be.
 */
import type { Cluster } from './cluster.ts'
import { type LogLine, opening, programOf } from './controllers/programs.ts'
import { at, type JsonObject, type KubeObject, nameOf, records, text } from './json.ts'
import { isTrue } from './paths.ts'
import { ApiError, badRequest } from './status.ts'
import type { Reply } from './wire.ts'

interface Options {
  readonly tailLines: number | undefined
  readonly limitBytes: number | undefined
  readonly since: Date | undefined
  readonly previous: boolean
  readonly timestamps: boolean
}

const invalidOption = (
  pod: string,
  causes: readonly { field: string; message: string; reason: string }[],
): ApiError => {
  const told = causes.map(({ field, message }) => `${field}: ${message}`)
  return new ApiError(
    422,
    'Invalid',
    `PodLogOptions "${pod}" is invalid: ${told.length === 1 ? told[0] : `[${told.join(', ')}]`}`,
    { name: pod, kind: 'PodLogOptions', causes },
  )
}

const whole = (query: URLSearchParams, name: string): number | undefined => {
  const given = query.get(name)
  if (given === null || given === '') return undefined
  if (!/^-?\d+$/.test(given)) throw badRequest(`strconv.ParseInt: parsing "${given}": invalid syntax`)
  return Number(given)
}

const parseOptions = (pod: string, query: URLSearchParams, now: Date): Options => {
  const tailLines = whole(query, 'tailLines')
  const limitBytes = whole(query, 'limitBytes')
  const sinceSeconds = whole(query, 'sinceSeconds')
  const sinceTime = query.get('sinceTime') ?? ''
  const least = (field: string, value: number | undefined, minimum: number, bound: string) =>
    value !== undefined && value < minimum
      ? [{ reason: 'FieldValueInvalid', message: `Invalid value: ${value}: must be greater than ${bound}`, field }]
      : []
  const causes = [
    ...least('tailLines', tailLines, 0, 'or equal to 0'),
    ...least('limitBytes', limitBytes, 1, '0'),
    ...(sinceSeconds !== undefined && sinceTime !== ''
      ? [
          {
            reason: 'FieldValueForbidden',
            message: 'Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified',
            field: '[]',
          },
        ]
      : least('sinceSeconds', sinceSeconds, 1, '0')),
  ]
  if (causes.length > 0) throw invalidOption(pod, causes)
  const time = sinceTime === '' ? undefined : new Date(sinceTime)
  if (time !== undefined && Number.isNaN(time.getTime())) {
    throw badRequest(`parsing time "${sinceTime}": cannot parse it as RFC 3339`)
  }
  const since = sinceSeconds === undefined ? time : new Date(now.getTime() - sinceSeconds * 1000)
  return { tailLines, limitBytes, since, previous: isTrue(query, 'previous'), timestamps: isTrue(query, 'timestamps') }
}

const chooseContainer = (pod: KubeObject, asked: string): JsonObject => {
  const containers = records(pod, 'spec', 'containers')
  const initial = records(pod, 'spec', 'initContainers')
  const [only] = containers
  if (asked === '' && only !== undefined && containers.length + initial.length === 1) return only
  if (asked === '') {
    const names = [...initial, ...containers].map((container) => text(container, 'name')).join(' ')
    throw badRequest(`a container name must be specified for pod ${nameOf(pod)}, choose one of: [${names}]`)
  }
  const found = [...containers, ...initial].find((container) => text(container, 'name') === asked)
  if (found === undefined) throw badRequest(`container ${asked} is not valid for pod ${nameOf(pod)}`)
  return found
}

interface Run {
  readonly started: Date
  readonly until: Date
}

const finished = (state: JsonObject): Run => ({
  started: new Date(text(state, 'startedAt')),
  until: new Date(text(state, 'finishedAt')),
})

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null

/** Which run of the container has the log that was asked for; the kubelet's 400 when there is none. */
const chooseRun = (pod: KubeObject, container: string, previous: boolean, now: Date): Run => {
  const all = [...records(pod, 'status', 'containerStatuses'), ...records(pod, 'status', 'initContainerStatuses')]
  const status = all.find((item) => text(item, 'name') === container)
  const last = at(status, 'lastState', 'terminated')
  if (previous) {
    if (isObject(last)) return finished(last)
    throw badRequest(`previous terminated container "${container}" in pod "${nameOf(pod)}" not found`)
  }
  const running = at(status, 'state', 'running')
  if (isObject(running)) return { started: new Date(text(running, 'startedAt')), until: now }
  const ended = at(status, 'state', 'terminated')
  if (isObject(ended)) return finished(ended)
  if (isObject(last)) return finished(last)
  const reason = text(status, 'state', 'waiting', 'reason') || 'ContainerCreating'
  const told = reason === 'ImagePullBackOff' ? 'trying and failing to pull image' : reason
  throw badRequest(`container "${container}" in pod "${nameOf(pod)}" is waiting to start: ${told}`)
}

const render = (lines: readonly LogLine[], { since, tailLines, timestamps, limitBytes }: Options): string => {
  const recent = since === undefined ? lines : lines.filter((line) => line.time >= since)
  const tail = tailLines === undefined ? recent : tailLines === 0 ? [] : recent.slice(-tailLines)
  const stamp = (line: LogLine) => (timestamps ? `${line.time.toISOString().replace('Z', '000000Z')} ` : '')
  const content = tail.map((line) => `${stamp(line)}${line.text}\n`).join('')
  return limitBytes === undefined ? content : Buffer.from(content).subarray(0, limitBytes).toString()
}

/** The log of one container; empty for a pod that no node has taken. */
export const podLog = (cluster: Cluster, pod: KubeObject, query: URLSearchParams): Reply => {
  const now = cluster.now()
  const options = parseOptions(nameOf(pod), query, now)
  const container = chooseContainer(pod, query.get('container') ?? '')
  if (text(pod, 'spec', 'nodeName') === '') return { code: 204, body: '' }
  const run = chooseRun(pod, text(container, 'name'), options.previous, now)
  const program = programOf(text(container, 'image'))
  const context = { pod, container, ...run }
  const lines = program?.log?.(context) ?? opening(run.started, [])
  return { code: 200, body: render(lines, options), type: 'text/plain' }
}
