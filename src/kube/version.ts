/**
 * The API server's version, and whether it is there at all. `/version` is served to every authenticated user (the
 * default role system:public-info-viewer), costs it nothing, and so is the readiness probe too.
 */
import { objectOf, textOf } from './json.ts'
import { VERSION_PATH } from './path.ts'
import { nonsense, type Requester } from './request.ts'

/** The minors that the tests run against or that differ from those in nothing that is used here. */
export const OLDEST_MINOR = 33
export const NEWEST_MINOR = 36

/** `v1.36.3`, `v1.34.1-gke.2000`, `v1.33.4+k3s1`. */
const GIT_VERSION = /^v?([0-9]{1,3})\.([0-9]{1,3})\.[0-9]{1,4}([-+.][-+.A-Za-z0-9]{1,64})?$/

export const readVersion = async (requester: Requester, signal: AbortSignal): Promise<string> => {
  const about = 'read its version'
  const answer = await requester.get({ path: VERSION_PATH, about }, signal)
  const version = textOf(objectOf(answer).gitVersion) ?? ''
  if (!GIT_VERSION.test(version)) throw nonsense(requester.wire, about, 'no version of Kubernetes')
  return version
}

/** Outside of it things mostly work; an operator should know all the same. */
export const isSupportedVersion = (gitVersion: string): boolean => {
  const [, major, minor] = GIT_VERSION.exec(gitVersion) ?? []
  return major === '1' && Number(minor) >= OLDEST_MINOR && Number(minor) <= NEWEST_MINOR
}
