/** Images that cannot be had: which way, as the kubelet and the container runtime put it. */
import { textOf } from '../../kube/json.ts'
import type { Check, Draft } from '../check.ts'
import { type Container, severityOf, together, wholePods } from '../containers.ts'
import type { Family } from '../family.ts'
import { eventEvidence, remedy, said } from '../words.ts'

const REASONS: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
])

/** What the runtime's words mean, the more special first, and what to do. */
const CAUSES: readonly (readonly [words: RegExp, meaning: string, todo: string])[] = [
  [
    /toomanyrequests|429 too many|rate limit/i,
    'the registry refuses further pulls (rate limit)',
    'Sign in to the registry with an imagePullSecret, use a mirror, or wait.',
  ],
  [
    /no match for platform|no matching manifest|exec format|unsupported (?:os|arch)/i,
    'the image exists, but not for the node’s architecture',
    'Build the image for that platform, or select nodes of the image’s.',
  ],
  [
    /unauthorized|authentication required|denied|403|401|no basic auth/i,
    'the registry wants other credentials, or the repository does not exist',
    'Check the repository’s name and the pod’s imagePullSecrets.',
  ],
  [
    /not found|manifest unknown|name unknown|does not exist|404/i,
    'the registry has no such image or tag',
    'Correct the image’s name or tag, or push it.',
  ],
  [
    /no such host|lookup |dial tcp|i\/o timeout|connection refused|tls:|x509/i,
    'the registry cannot be reached',
    'Check the registry’s name, DNS, and the node’s way out.',
  ],
]

const explain = (reason: string, message: string): readonly [meaning: string, todo: string] => {
  if (reason === 'InvalidImageName') return ['its name is not one of an image', 'Correct the image’s name.']
  if (reason === 'ErrImageNeverPull')
    return ['it is not on the node, and imagePullPolicy is Never', 'Load the image onto the node, or let it be pulled.']
  const found = CAUSES.find(([words]) => words.test(message))
  return found === undefined ? ['the pull fails', 'See what the events say.'] : [found[1], found[2]]
}

const isUnpullable = ({ waiting }: Container): boolean => REASONS.has(textOf(waiting?.reason) ?? '')

const imagePull: Check = {
  id: 'pod-image-pull',
  explainedBy: ['config-missing'],
  run: (snapshot) =>
    wholePods(snapshot).flatMap(({ pod, containers }) =>
      containers.filter(isUnpullable).map((container): Draft => {
        const reason = textOf(container.waiting?.reason) ?? ''
        const events = snapshot.events(pod.subject).filter((it) => /pull|image/i.test(it.message))
        // A back-off only says that it waits; why stands in the events.
        const words = [said(container.waiting?.message), ...events.map((it) => it.message)].join(' ')
        const [meaning, todo] = explain(reason, words)
        const { place, they } = together(pod, snapshot)
        return {
          severity: severityOf(pod, snapshot),
          ...place,
          summary: `The image ${container.image} of ${they} cannot be pulled: ${meaning}.`,
          evidence: [
            { source: `${container.path}.state.waiting`, text: `${reason}: ${said(container.waiting?.message)}` },
            ...eventEvidence(events),
          ],
          confidence: meaning === 'the pull fails' ? 'medium' : 'high',
          remedies: [remedy(todo)],
        }
      }),
    ),
}

export const podImages: Family = { checks: [imagePull] }
