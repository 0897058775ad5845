/**
 * Tokens that tell what they are by their beginning, from each provider's documented format. A prefix and enough
 * characters of the token's alphabet suffice, to the end of the run: providers lengthen their tokens, and a pattern with
 * a fixed length either misses the new ones or backtracks. Linear: a failed attempt reads at most the minimum.
 */
import type { Finding } from './finding.ts'
import { matchesOf, valuesOf } from './matches.ts'

const PREFIXED = [
  // Bulkhead's own keys
  'bh_(?:agent|operator)_[A-Za-z0-9_-]{20,}',
  // Source hosts
  'gh[pousr]_[A-Za-z0-9_.-]{30,}',
  'github_pat_[A-Za-z0-9_]{30,}',
  'gl(?:pat|dt|rt|cbt|ptt|ft|soat|imt|agent|oas|ffct|wt)-[A-Za-z0-9_.-]{20,}',
  'GR1348941[A-Za-z0-9_-]{20,}',
  'AT(?:ATT|CTT)3[A-Za-z0-9_=-]{20,}',
  'ATBB[A-Za-z0-9]{24,}',
  'CCIP(?:AT|RJ)_[A-Za-z0-9_]{30,}',
  'bk(?:ua_[a-f0-9]{40,}|t_[A-Za-z0-9]{40,})',
  'sq[pua]_[a-f0-9]{40,}',
  // Clouds
  'A(?:KIA|SIA|BIA)[A-Z0-9]{16,}',
  '(?:IQoJb3JpZ2lu|F[Qw]oGZXIvYXdz|ABSKQmVkcm9ja)[A-Za-z0-9+/=]{40,}',
  'AIza[A-Za-z0-9_-]{35,}',
  'ya29\\.[A-Za-z0-9_-]{20,}',
  'GOCSPX-[A-Za-z0-9_-]{20,}',
  '1//0[A-Za-z0-9_-]{30,}',
  'LTAI[A-Za-z0-9]{16,}',
  'AQVN[A-Za-z0-9_-]{35,}',
  'v1\\.0-[a-f0-9]{24}-[a-f0-9]{100,}',
  'napi_[a-z0-9]{40,}',
  'nfp_[A-Za-z0-9]{36,}',
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
  's\\.(?=[A-Za-z]{0,23}[0-9])(?=[a-z0-9]{0,23}[A-Z])[A-Za-z0-9]{24}(?!\\.?[A-Za-z0-9])',
  'AGE-SECRET-KEY-1[A-Z0-9]{50,}',
  // Registries
  'npm_[A-Za-z0-9]{30,}',
  'pypi-[A-Za-z0-9_-]{50,}',
  'rubygems_[a-f0-9]{40,}',
  'cio[A-Za-z0-9]{32}(?![A-Za-z0-9])',
  'oy2[a-z0-9]{43}(?![A-Za-z0-9])',
  '(?:AKCp|cmVmdGtuO)[A-Za-z0-9]{50,}',
  'CLOJARS_[a-z0-9]{60,}',
  'dckr_[a-z]{1,8}_[A-Za-z0-9_-]{20,}',
  // Talk, mail, payments, telemetry, models
  'xox[abceoprs](?:\\.xox[abp])?-[A-Za-z0-9-]{10,}',
  'xapp-[A-Za-z0-9-]{20,}',
  'SG\\.[A-Za-z0-9_-]{16,}\\.[A-Za-z0-9_-]{16,}',
  'key-[a-f0-9]{32,}',
  'xkeysib-[a-f0-9]{60,}[A-Za-z0-9-]*',
  're_[A-Za-z0-9]{8}_[A-Za-z0-9]{20,}',
  'EAAA[A-Za-z0-9_-]{60,}',
  'access-(?:production|development|sandbox)-[a-f0-9-]{36}',
  'access_token\\$(?:production|sandbox)\\$[a-z0-9]{16}\\$[a-f0-9]{32}',
  'SK[a-f0-9]{32,}',
  '[sr]k_(?:live|test)_[A-Za-z0-9]{16,}',
  'whsec_[A-Za-z0-9+/=_-]{20,}',
  'sq0(?:atp|csp)-[A-Za-z0-9_-]{20,}',
  'shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32,}',
  'NR(?:AK|II)-[A-Za-z0-9_-]{20,}',
  'eyJrIjoi[A-Za-z0-9+/=_-]{40,}',
  'hca[il]k_[a-z0-9]{50,}',
  'dt0[a-z][0-9]{2}\\.[A-Z2-7]{24}\\.[A-Z2-7]{60,}',
  'gl(?:c|sa)_[A-Za-z0-9+/=_-]{30,}',
  'sntry[su]_[A-Za-z0-9+/=_-]{20,}',
  'PMAK-[a-f0-9-]{40,}',
  'lin_(?:api|oauth)_[A-Za-z0-9_]{30,}',
  'fig[dour]_[A-Za-z0-9_-]{30,}',
  'sk-(?:proj|svcacct|admin|ant|or|lf|None)-[A-Za-z0-9_-]{20,}',
  'sk-[A-Za-z0-9]{32,}',
  '(?:hf|api_org)_[A-Za-z]{30,}',
  'gsk_[A-Za-z0-9]{40,}',
  'r8_[A-Za-z0-9]{37,}',
  'pplx-[A-Za-z0-9]{40,}',
  'xai-[A-Za-z0-9]{70,}',
  'nvapi-[A-Za-z0-9_-]{60,}',
  'lsv2_[a-z]{2}_[a-f0-9]{32}_[a-f0-9]{10}',
  'pcsk_[A-Za-z0-9_]{60,}',
  // Tables and notes
  'pat[A-Za-z0-9]{14}\\.[a-f0-9]{64}',
  // Clusters of OpenShift and Rancher
  'sha256~[A-Za-z0-9_-]{40,}',
  '(?:token|kubeconfig)-[a-z0-9-]{3,60}:[a-z0-9]{50,}',
  // Password hashes: weak passwords fall to a dictionary.
  '\\$2[abxy]\\$[0-9]{2}\\$[./A-Za-z0-9]{50,}',
  '\\$(?:1|5|6|7|y|gy|apr1|sm3)\\$[^\\s:"\']{20,}',
  '\\$(?:argon2(?:id|i|d)|scrypt|pbkdf2[a-z0-9-]{0,16})\\$[^\\s:"\']{20,}',
  '\\{S?SHA(?:256|512)?\\}[A-Za-z0-9+/=]{20,}',
]

/** Alternatives that begin alike are tried together: a third of the time of the plain list. */
const byFirst = (patterns: readonly string[]): string => {
  const groups = Map.groupBy(patterns, (pattern) => /^[A-Za-z0-9]/.exec(pattern)?.[0] ?? '')
  return [...groups]
    .map(([first, list]) => `${first}(?:${list.map((pattern) => pattern.slice(first.length)).join('|')})`)
    .join('|')
}
const PREFIXES = new RegExp(`(?<![A-Za-z])(?:${byFirst(PREFIXED)})`, 'g')

/** A webhook's URL is its credential: the path is masked, the host stays. */
const WEBHOOKS =
  /(?:hooks\.slack\.com\/(?:services|workflows|triggers)|discord(?:app)?\.com\/api\/webhooks|webhook\.office\.com\/webhookb2|api\.telegram\.org\/bot|chat\.googleapis\.com\/v1\/spaces|events\.pagerduty\.com\/integration)\/?(?<v>[^\s"'<>\\]{8,})/dgi

/**
 * Tokens whose telling part is not their beginning: tried only where that part is. A pattern that would begin with a run
 * of anything begins with what follows the run, and looks back; `before`: characters of the run.
 */
const INNER: readonly { readonly part: string; readonly pattern: RegExp; readonly before?: number }[] = [
  // Entra client secret
  { part: 'Q~', pattern: /[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,}/g },
  // New Relic ingest
  { part: 'NRAL', pattern: /NRAL(?<=(?<![A-Za-z0-9])[a-f0-9]{36}NRAL)/g, before: 36 },
  // Mailgun, Mailchimp
  {
    part: '-',
    pattern:
      /-(?:us[0-9]{1,2}|[a-f0-9]{8}-[a-f0-9]{8})(?<=(?<![A-Za-z0-9-])[a-f0-9]{32}-[a-f0-9us-]{3,17})(?![A-Za-z0-9-])/g,
    before: 32,
  },
  // Kubernetes' bootstrap tokens: names have fewer digits in their second part, digests have hexadecimal alone
  {
    part: '.',
    pattern:
      /\.(?=[a-z]{0,14}[0-9][a-z]{0,14}[0-9])(?=[0-9a-f]{0,15}[g-z])[a-z0-9]{16}(?!\.?[A-Za-z0-9_/-])(?<=(?<![A-Za-z0-9._/-])[a-z0-9]{6}\.[a-z0-9]{16})/g,
    before: 6,
  },
  // HCP Terraform
  { part: '.atlasv1.', pattern: /(?<![A-Za-z0-9])[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{50,}/g },
  // Telegram bot
  { part: ':AA', pattern: /(?<![A-Za-z0-9])[0-9]{8,10}:AA[A-Za-z0-9_-]{32,}/g },
  // Discord bot
  { part: '.', pattern: /(?<![A-Za-z0-9_-])[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}/g },
]

/**
 * Keys that Azure's services sign with four characters in a fixed place near the end: storage, Service Bus, API
 * Management, registries, Cosmos DB, Functions, AI Search, DevOps.
 */
const SIGNED = /(?:\+A(?:St|Sb|Eh|MC|CR|RM)|ACDb|AzFu|AzSe|AZDO)[A-Za-z0-9+/_-]{4,6}(?![A-Za-z0-9+/_-])={0,2}/g
const SIGNED_HINT = /\+A(?:St|Sb|Eh|MC|CR|RM)|ACDb|AzFu|AzSe|AZDO/
const BEFORE_SIGNATURE = /[A-Za-z0-9+/_-]{33,76}$/
const MAX_BEFORE_SIGNATURE = 76

const findSigned = (text: string): Finding[] => {
  if (!SIGNED_HINT.test(text)) return []
  return matchesOf(SIGNED, text).flatMap((match) => {
    const before = BEFORE_SIGNATURE.exec(text.slice(Math.max(0, match.index - MAX_BEFORE_SIGNATURE), match.index))
    if (before === null) return []
    return [{ start: match.index - before[0].length, end: match.index + match[0].length }]
  })
}

export const findShapes = (text: string): Finding[] => {
  const findings: Finding[] = findSigned(text)
  for (const match of matchesOf(PREFIXES, text))
    findings.push({ start: match.index, end: match.index + match[0].length })
  for (const { part, pattern, before = 0 } of INNER) {
    if (!text.includes(part)) continue
    for (const match of matchesOf(pattern, text))
      findings.push({ start: match.index - before, end: match.index + match[0].length })
  }
  if (text.includes('/')) findings.push(...valuesOf(WEBHOOKS, text))
  return findings
}
