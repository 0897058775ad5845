/** How errors name what was asked: in our words and from our own access, never in those of the cluster. */
import { type Access, ALL_NAMESPACES, resourceName } from '../access.ts'

/** What a request was about: an access, or something that concerns no resource (`read its version`). */
export type About = Omit<Access, 'cluster'> | string

const place = (namespace: string | undefined): string => {
  if (namespace === undefined) return ''
  return namespace === ALL_NAMESPACES ? ' in all namespaces' : ` in namespace "${namespace}"`
}

/** `get pods/log "web-1" in namespace "shop"`, `list nodes`, `read its version`. */
export const describe = (about: About): string =>
  typeof about === 'string'
    ? about
    : `${about.verb} ${resourceName(about)}${about.name === undefined ? '' : ` "${about.name}"`}${place(about.namespace)}`
