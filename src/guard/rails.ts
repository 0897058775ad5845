/**
 * The rails: what no caller reaches whatever policy says, fixed in code and asked before policy (THREATS.md, Rails).
 * Pure, and data: each rail is a line of `RAILS`, and docs/policy.md shows that list. The first rail guards the others: an
 * access that is not spelled in Kubernetes' own grammar is refused before its words are compared with anything.
 *
 * What a rail cannot express here is closed elsewhere: no tool input ever becomes a request header, so impersonation has
 * no way in; paths are built from checked segments (kube/path).
 */
import { type Access, ALL_NAMESPACES, isChangeVerb, resourceName, VERBS, type Verdict } from '../access.ts'
import { isLabel, isPathSegment, isSubdomain } from '../kube/grammar.ts'

export interface Rail {
  /** Stable: it stands in verdicts, records and documents. */
  readonly name: string
  /** What it keeps out, for people. */
  readonly summary: string
  /** Why, in a sentence that a caller may read. */
  readonly why: string
  readonly refuses: (access: Access) => boolean
}

/** A type of resource: what an access and a discovered type have in common. */
type TypeName = Pick<Access, 'group' | 'resource'>

const isChange = (access: Access): boolean => isChangeVerb(access.verb)

const is =
  (group: string, ...resources: readonly string[]) =>
  (type: TypeName): boolean =>
    type.group === group && resources.includes(type.resource)

/** By any resource and in any group: KubeVirt and other aggregated APIs offer the same doors under the same names. */
const subresource =
  (...names: readonly string[]) =>
  ({ subresource: name }: Access): boolean =>
    name !== undefined && names.includes(name)

/** Where the cluster itself lives; the namespaces are there before anybody makes one. */
export const SYSTEM_NAMESPACES: ReadonlySet<string> = new Set(['kube-system', 'kube-public', 'kube-node-lease'])

/** Read by their values nowhere: what is held in them is a secret by definition. */
const isSecret = is('', 'secrets')

/**
 * True where only metadata may be asked of the API server: `get` and `list` of such a type are permitted, values are
 * never fetched (guard/reader sees to that) and never returned (guard/output). One exception: a release of Helm is fetched
 * to be decoded, and leaves with every value masked (guard/helm).
 */
export const isSecretType = (type: TypeName): boolean => isSecret(type)

/** What a read may ask for below an object. A log is a pod's; anything else of that name is somebody's own stream. */
const readableSubresource = (access: Access): boolean =>
  access.subresource === undefined ||
  access.subresource === 'status' ||
  access.subresource === 'scale' ||
  (access.subresource === 'log' && is('', 'pods')(access))

const wellSpelled = ({ verb, group, resource, subresource: sub, namespace, name }: Access): boolean =>
  VERBS.includes(verb) &&
  (group === '' || isSubdomain(group)) &&
  isLabel(resource) &&
  (sub === undefined || isLabel(sub)) &&
  (namespace === undefined || namespace === ALL_NAMESPACES || isLabel(namespace)) &&
  (name === undefined || isPathSegment(name))

/** In the order in which they are asked. */
export const RAILS: readonly Rail[] = [
  {
    name: 'spelling',
    summary: 'any verb, group, resource, subresource, namespace or name outside the grammar of Kubernetes',
    why: 'it is not spelled as Kubernetes spells its names',
    refuses: (access) => !wellSpelled(access),
  },
  {
    name: 'exec-attach',
    summary: '`exec` and `attach` of anything',
    why: 'running or joining a process inside a container is outside what Bulkhead does',
    refuses: subresource('exec', 'attach'),
  },
  {
    name: 'port-forward',
    summary: '`portforward` of anything',
    why: 'a tunnel into the cluster would carry what nobody can check',
    refuses: subresource('portforward'),
  },
  {
    name: 'proxy',
    summary: '`proxy` of pods, services, nodes and anything else',
    why: "a proxied request leaves by the API server's own hand and reaches what policy cannot see",
    refuses: subresource('proxy'),
  },
  {
    name: 'ephemeral-containers',
    summary: '`ephemeralcontainers`, read or written',
    why: 'a debugging container is exec by another name',
    refuses: subresource('ephemeralcontainers'),
  },
  {
    name: 'tokens',
    summary: '`serviceaccounts/token` and TokenReview',
    why: 'no caller is handed a credential or learns whether one is good',
    refuses: (access) => subresource('token')(access) || is('authentication.k8s.io', 'tokenreviews')(access),
  },
  {
    name: 'access-reviews',
    summary: 'SubjectAccessReview and LocalSubjectAccessReview',
    why: 'what others may do is not for a caller to probe; access_check answers for the caller itself',
    refuses: is('authorization.k8s.io', 'subjectaccessreviews', 'localsubjectaccessreviews'),
  },
  {
    name: 'certificate-approval',
    summary: 'approving or signing a CertificateSigningRequest',
    why: 'an approved request is a new identity in the cluster',
    refuses: (access) =>
      is('certificates.k8s.io', 'certificatesigningrequests')(access) &&
      (access.subresource === 'approval' || (access.subresource !== undefined && isChange(access))),
  },
  {
    name: 'delete-collection',
    summary: 'the verb `deletecollection`',
    why: 'every object is judged by its own name',
    refuses: ({ verb }) => verb === 'deletecollection',
  },
  {
    name: 'status-writes',
    summary: 'writing `status` or `finalize`',
    why: 'they belong to controllers; written by others they lie or skip a clean-up',
    refuses: (access) => isChange(access) && subresource('status', 'finalize')(access),
  },
  {
    name: 'system-namespaces',
    summary: 'any change in `kube-system`, `kube-public` or `kube-node-lease`, and so in all namespaces at once',
    why: 'the cluster itself lives there',
    // A change over all namespaces would be one of these, too.
    refuses: ({ namespace = '', ...access }) =>
      isChange(access) && (SYSTEM_NAMESPACES.has(namespace) || namespace === ALL_NAMESPACES),
  },
  {
    name: 'watch',
    summary: 'the verb `watch`',
    why: 'a call has one answer within a deadline; list again instead',
    refuses: ({ verb }) => verb === 'watch',
  },
  {
    name: 'unknown-subresource',
    summary: 'reading any subresource other than `pods/log`, `status` and `scale`',
    why: 'only the subresources pods/log, status and scale are known to be plain reads',
    refuses: (access) => !isChange(access) && !readableSubresource(access),
  },
]

/** The first rail that refuses, as a verdict; `undefined` where none does and policy is to be asked. */
export const checkRails = (access: Access): Verdict | undefined => {
  const rail = RAILS.find((it) => it.refuses(access))
  if (rail === undefined) return undefined
  // A misspelt access is not repeated: its words are the caller's, and possibly not words.
  const what = rail.name === 'spelling' ? 'This access' : `${access.verb} ${resourceName(access)}`
  return {
    decision: 'deny',
    by: 'rail',
    rule: rail.name,
    reason: `${what} is refused by the rail "${rail.name}", which no policy lifts: ${rail.why}.`,
  }
}
