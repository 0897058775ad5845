/**
 * Who is asking. Bearer tokens made for this run, nothing else: no token is `system:anonymous`, an unknown one is 401.
 * Impersonation headers work for whoever RBAC lets impersonate, which is how the contract suite plays weaker callers.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { badRequest, unauthorized } from './status.ts'

export interface User {
  readonly name: string
  readonly groups: readonly string[]
  readonly uid: string
}

const AUTHENTICATED = 'system:authenticated'
export const MASTERS = 'system:masters'

export const ANONYMOUS: User = { name: 'system:anonymous', groups: ['system:unauthenticated'], uid: '' }

export const serviceAccountUser = (namespace: string, name: string, uid: string): User => ({
  name: `system:serviceaccount:${namespace}:${name}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, AUTHENTICATED],
  uid,
})

export const ADMIN: User = { name: 'kubernetes-admin', groups: [MASTERS, AUTHENTICATED], uid: '' }

const first = (value: string | string[] | undefined): string =>
  Array.isArray(value) ? (value[0] ?? '') : (value ?? '')

export const authenticate = (headers: IncomingHttpHeaders, tokens: ReadonlyMap<string, User>): User => {
  const header = first(headers.authorization)
  if (header === '') return ANONYMOUS
  const [scheme = '', token = ''] = header.split(' ')
  // Another scheme is nobody's business: whoever uses it has said nothing about who they are.
  if (scheme.toLowerCase() !== 'bearer' || token === '') return ANONYMOUS
  const user = tokens.get(token)
  if (user === undefined) throw unauthorized()
  return user
}

export interface Impersonation {
  readonly user: User
  /** What the asker must be allowed to impersonate, each with the verb `impersonate`. */
  readonly needs: readonly { readonly resource: string; readonly name: string; readonly namespace: string }[]
}

/** The user whom the headers ask to be, or undefined. */
export const impersonation = (headers: IncomingHttpHeaders): Impersonation | undefined => {
  const name = first(headers['impersonate-user'])
  const groups = first(headers['impersonate-group'])
    .split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '')
  if (name === '') {
    if (groups.length > 0) throw badRequest('requested impersonation of groups without impersonating a user')
    return undefined
  }
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name)
  const namespace = account?.[1]
  const accountName = account?.[2]
  if (namespace !== undefined && accountName !== undefined) {
    const user = serviceAccountUser(namespace, accountName, '')
    return { user, needs: [{ resource: 'serviceaccounts', name: accountName, namespace }] }
  }
  return {
    user: { name, groups: [...groups, AUTHENTICATED], uid: '' },
    needs: [
      { resource: 'users', name, namespace: '' },
      ...groups.map((group) => ({ resource: 'groups', name: group, namespace: '' })),
    ],
  }
}
