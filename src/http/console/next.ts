/** Where to go after signing in: a page of the console or none. Whatever could lead elsewhere is dropped, not mended. */

export const HOME = '/console'

/** No backslash, no control character, no colon: nothing that a browser reads as another origin. */
const PLAIN = /^\/console(?:\/[A-Za-z0-9/_.-]*)?(?:\?[A-Za-z0-9=&_.-]*)?$/

export const safeNext = (asked: string | undefined): string => {
  if (asked === undefined || !PLAIN.test(asked) || asked.includes('//')) return HOME
  // A path with dots may lead out of the console once it is resolved.
  const { pathname, search } = new URL(asked, 'https://console.invalid')
  if (pathname !== HOME && !pathname.startsWith(`${HOME}/`)) return HOME
  return /^\/console\/sign-(?:in|out)\/?$/.test(pathname) ? HOME : `${pathname}${search}`
}
