/**
 * Literals that look like secrets, for warnings and so that an error does not repeat one. A hint for whoever wrote the
 * file; guard/output has the scanner that protects. Every pattern is linear and bounded.
 */

/** Beginnings that a service gave its tokens so that they can be found. */
const PREFIXES = [
  'eyJ',
  'ghp_',
  'gho_',
  'ghs_',
  'github_pat_',
  'glpat-',
  'xox',
  'sk-',
  'AKIA',
  'ASIA',
  'AIza',
  'hvs.',
  'bh_agent_',
  'bh_operator_',
  'npm_',
]
const MIN_PREFIXED = 20

/** 32 characters without a space, of at least three kinds, with many different ones among them. */
const MIN_RANDOM = 32
const MIN_DIFFERENT = 16

const isRandom = (text: string): boolean => {
  if (text.length < MIN_RANDOM || text.length > 4096 || !/^[A-Za-z0-9+/=_-]+$/.test(text)) return false
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/].filter((kind) => kind.test(text)).length
  return kinds === 3 && new Set(text).size >= MIN_DIFFERENT
}

const hasCredentials = (text: string): boolean => {
  const url = URL.parse(text)
  return url !== null && (url.password !== '' || (url.hostname === 'hooks.slack.com' && url.pathname.length > 20))
}

export const looksSecret = (text: string): boolean =>
  text.includes('-----BEGIN') ||
  (text.length >= MIN_PREFIXED && PREFIXES.some((prefix) => text.startsWith(prefix))) ||
  isRandom(text) ||
  (text.includes('://') && hasCredentials(text))
