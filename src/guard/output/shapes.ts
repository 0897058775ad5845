/**
 * Tokens that tell what they are by their beginning, from each provider's documented format. A prefix and enough
 * characters of the token's alphabet suffice, to the end of the run: providers lengthen their tokens, and a pattern with
 * a fixed length either misses the new ones or backtracks. Linear: a failed attempt reads at most the minimum.
 */
import type { Finding } from './finding.ts'
import { matchesOf } from './matches.ts'

const PREFIXED = [
  // Bulkhead's own keys
  'bh_(?:agent|operator)_[A-Za-z0-9_-]{20,}',
  // Source hosts
  'gh[pousr]_[A-Za-z0-9_.-]{30,}',
  'github_pat_[A-Za-z0-9_]{30,}',
  'gl(?:pat|dt|rt|cbt|ptt|ft|soat|imt|agent|oas|ffct)-[A-Za-z0-9_.-]{20,}',
  'GR1348941[A-Za-z0-9_-]{20,}',
  'AT(?:ATT|CTT)3[A-Za-z0-9_=-]{20,}',
  'ATBB[A-Za-z0-9]{24,}',
  // Clouds
  'A(?:KIA|SIA|BIA)[A-Z0-9]{16,}',
  'AIza[A-Za-z0-9_-]{35,}',
  'ya29\\.[A-Za-z0-9_-]{20,}',
  'GOCSPX-[A-Za-z0-9_-]{20,}',
  '1//0[A-Za-z0-9_-]{30,}',
  'do[opr]_v1_[a-f0-9]{40,}',
  'dapi[a-f0-9]{32,}',
  'HRKU-[A-Za-z0-9_-]{30,}',
  'f(?:m[12]|o1)_[A-Za-z0-9+/=_-]{40,}',
  'pul-[a-f0-9]{40,}',
  'pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{20,}',
  'sb(?:p_[a-f0-9]{40,}|_secret_[A-Za-z0-9_-]{20,})',
  // Secret stores
  'hv[sbr]\\.[A-Za-z0-9_-]{20,}',
  'dp\\.(?:pt|st|ct|sa|scim|audit)\\.[A-Za-z0-9._-]{30,}',
  'ops_eyJ[A-Za-z0-9+/=_-]{50,}',
  'AGE-SECRET-KEY-1[A-Z0-9]{50,}',
  // Registries
  'npm_[A-Za-z0-9]{30,}',
  'pypi-[A-Za-z0-9_-]{50,}',
  'rubygems_[a-f0-9]{40,}',
  'dckr_[a-z]{1,8}_[A-Za-z0-9_-]{20,}',
  // Talk, mail, payments, telemetry, models
  'xox[abceoprs](?:\\.xox[abp])?-[A-Za-z0-9-]{10,}',
  'xapp-[A-Za-z0-9-]{20,}',
  'SG\\.[A-Za-z0-9_-]{16,}\\.[A-Za-z0-9_-]{16,}',
  'key-[a-f0-9]{32,}',
  'SK[a-f0-9]{32,}',
  '[sr]k_(?:live|test)_[A-Za-z0-9]{16,}',
  'whsec_[A-Za-z0-9+/=_-]{20,}',
  'sq0(?:atp|csp)-[A-Za-z0-9_-]{20,}',
  'shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32,}',
  'NRAK-[A-Z0-9]{20,}',
  'gl(?:c|sa)_[A-Za-z0-9+/=_-]{30,}',
  'sntry[su]_[A-Za-z0-9+/=_-]{20,}',
  'PMAK-[a-f0-9-]{40,}',
  'lin_(?:api|oauth)_[A-Za-z0-9_]{30,}',
  'fig[dour]_[A-Za-z0-9_-]{30,}',
  'sk-(?:proj|svcacct|admin|ant|or|lf|None)-[A-Za-z0-9_-]{20,}',
  'sk-[A-Za-z0-9]{40,}',
  'hf_[A-Za-z]{30,}',
  'gsk_[A-Za-z0-9]{40,}',
  // Clusters of Rancher
  '(?:token|kubeconfig)-[a-z0-9-]{3,60}:[a-z0-9]{50,}',
  // Password hashes: weak passwords fall to a dictionary.
  '\\$2[abxy]\\$[0-9]{2}\\$[./A-Za-z0-9]{50,}',
  '\\$(?:1|5|6|7|y|gy|apr1|sm3)\\$[^\\s:"\']{20,}',
  '\\$(?:argon2(?:id|i|d)|scrypt|pbkdf2[a-z0-9-]{0,16})\\$[^\\s:"\']{20,}',
  '\\{S?SHA(?:256|512)?\\}[A-Za-z0-9+/=]{20,}',
]
const PREFIXES = new RegExp(`(?<![A-Za-z])(?:${PREFIXED.join('|')})`, 'g')

/** A webhook's URL is its credential: the path is masked, the host stays. */
const WEBHOOKS =
  /(?:hooks\.slack\.com\/(?:services|workflows|triggers)|discord(?:app)?\.com\/api\/webhooks|webhook\.office\.com\/webhookb2|api\.telegram\.org\/bot|chat\.googleapis\.com\/v1\/spaces|events\.pagerduty\.com\/integration)\/?(?<v>[^\s"'<>\\]{8,})/dgi

/** Tokens whose telling part is not their beginning: tried only where that part is. */
const INNER: readonly { readonly part: string; readonly pattern: RegExp }[] = [
  // Entra client secret
  { part: 'Q~', pattern: /[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,}/g },
  // HCP Terraform
  { part: '.atlasv1.', pattern: /(?<![A-Za-z0-9])[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{50,}/g },
  // Telegram bot
  { part: ':AA', pattern: /(?<![A-Za-z0-9])[0-9]{8,10}:AA[A-Za-z0-9_-]{32,}/g },
  // Discord bot
  { part: '.', pattern: /(?<![A-Za-z0-9_-])[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}/g },
]

export const findShapes = (text: string): Finding[] => {
  const findings: Finding[] = []
  for (const match of matchesOf(PREFIXES, text))
    findings.push({ start: match.index, end: match.index + match[0].length })
  for (const { part, pattern } of INNER) {
    if (!text.includes(part)) continue
    for (const match of matchesOf(pattern, text))
      findings.push({ start: match.index, end: match.index + match[0].length })
  }
  if (text.includes('/')) {
    for (const match of matchesOf(WEBHOOKS, text)) {
      const [start, end] = match.indices?.groups?.v ?? [0, 0]
      findings.push({ start, end })
    }
  }
  return findings
}
