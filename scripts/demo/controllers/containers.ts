/**
 * Whether a container starts and what became of it: its status follows from its image's program, from the ConfigMaps and
 * Secrets that it needs, and from how long its pod has been there.
 */
import { createHash } from 'node:crypto'
import { type JsonObject, type KubeObject, nameOf, namespaceOf, record, records, text } from '../json.ts'
import { timestamp } from '../store.ts'
import { type Fate, programOf, RUNS } from './programs.ts'
import { after, before, type World } from './world.ts'

/** A ConfigMap or Secret that the container needs for its environment and that does not exist. */
const missingReference = (world: World, pod: KubeObject, container: JsonObject): string => {
  const wanted = [
    ...records(container, 'envFrom').flatMap((from) => [
      ['configmaps', 'configmap', record(from, 'configMapRef')] as const,
      ['secrets', 'secret', record(from, 'secretRef')] as const,
    ]),
    ...records(container, 'env').flatMap((variable) => [
      ['configmaps', 'configmap', record(variable, 'valueFrom', 'configMapKeyRef')] as const,
      ['secrets', 'secret', record(variable, 'valueFrom', 'secretKeyRef')] as const,
    ]),
  ]
  for (const [shelf, kind, reference] of wanted) {
    const name = text(reference, 'name')
    if (name === '' || reference.optional === true) continue
    if (world.store.get(shelf, namespaceOf(pod), name) === undefined) return `${kind} "${name}" not found`
  }
  return ''
}

/** What the kubelet found out about one container. */
export type Start =
  | { readonly kind: 'unpullable' }
  | { readonly kind: 'unconfigured'; readonly message: string }
  | { readonly kind: 'started'; readonly fate: Fate }

export const start = (world: World, pod: KubeObject, container: JsonObject): Start => {
  const message = missingReference(world, pod, container)
  const program = programOf(text(container, 'image'))
  if (program === undefined) return { kind: 'unpullable' }
  if (message !== '') return { kind: 'unconfigured', message }
  return { kind: 'started', fate: program.fate?.(container) ?? RUNS }
}

/** Back-off between restarts doubles from ten seconds to five minutes. */
const BACKOFF_FIRST = 10
const BACKOFF_MOST = 300
/** Every run that failed is older than this, so that the newest is a few minutes back and in back-off. */
export const SINCE_LAST_END = 130

/** How often a container that lives `lifetime` seconds was restarted within `age` seconds. */
export const restartsWithin = (age: number, lifetime: number): number => {
  let elapsed = lifetime
  let restarts = 0
  let wait = BACKOFF_FIRST
  while (elapsed + wait + lifetime < age) {
    elapsed += wait + lifetime
    restarts += 1
    wait = Math.min(wait * 2, BACKOFF_MOST)
  }
  return Math.max(restarts, 1)
}

const digest = (seed: string): string => createHash('sha256').update(seed).digest('hex')

export const containerStatus = (
  pod: KubeObject,
  container: JsonObject,
  begun: Start,
  created: Date,
  now: Date,
): JsonObject => {
  const image = text(container, 'image')
  const id = `containerd://${digest(`${text(pod, 'metadata', 'uid')}/${text(container, 'name')}`)}`
  const base = { name: text(container, 'name'), image, restartCount: 0, ready: false, started: false, lastState: {} }
  const waiting = (reason: string, message: string) => ({
    ...base,
    imageID: '',
    state: { waiting: { reason, message } },
  })
  if (begun.kind === 'unpullable') return waiting('ImagePullBackOff', `Back-off pulling image "${image}"`)
  if (begun.kind === 'unconfigured') return waiting('CreateContainerConfigError', begun.message)
  const known = { ...base, imageID: `${image.split(':')[0]}@sha256:${digest(image)}`, containerID: id }
  const { fate } = begun
  const startedAt = timestamp(after(created, 2))
  if (fate.kind === 'runs') {
    return { ...known, ready: fate.ready, started: true, state: { running: { startedAt } } }
  }
  const ended = (finished: Date, exitCode: number, reason: string, seconds: number): JsonObject => ({
    exitCode,
    reason,
    startedAt: timestamp(before(finished, seconds)),
    finishedAt: timestamp(finished),
    containerID: id,
  })
  if (fate.kind === 'completes') {
    return { ...known, state: { terminated: ended(after(created, 2 + fate.after), 0, 'Completed', fate.after) } }
  }
  const once = text(pod, 'spec', 'restartPolicy') === 'Never'
  if (once) {
    return {
      ...known,
      state: { terminated: ended(after(created, 2 + fate.after), fate.exitCode, fate.reason, fate.after) },
    }
  }
  const age = (now.getTime() - created.getTime()) / 1000
  const last = before(now, Math.min(SINCE_LAST_END, Math.max(age - fate.after, 0)))
  const where = `${nameOf(pod)}_${namespaceOf(pod)}(${text(pod, 'metadata', 'uid')})`
  return {
    ...known,
    restartCount: restartsWithin(age, fate.after),
    state: {
      waiting: {
        reason: 'CrashLoopBackOff',
        message: `back-off 5m0s restarting failed container=${base.name} pod=${where}`,
      },
    },
    lastState: { terminated: ended(last, fate.exitCode, fate.reason, fate.after) },
  }
}
