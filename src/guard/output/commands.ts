/**
 * Credentials on command lines and in files whose grammar names no key: short flags of well-known clients, `.netrc`,
 * `.pgpass`, `requirepass`, `IDENTIFIED BY`, Vault's unseal keys, and a bare `Bearer …`. Linear: each pattern reads a bounded stretch from a fixed word.
 */
import type { Finding } from './finding.ts'
import { valuesOf } from './matches.ts'
import { isPlaceholder, looksCredential } from './values.ts'

/** Each captures the credential as `v`. Asked only where its word is present. */
const PATTERNS: readonly { readonly word: RegExp; readonly pattern: RegExp; readonly mustLook?: boolean }[] = [
  { word: /curl|wget|http/, pattern: /\s(?:-u|--user|--proxy-user)[ =]?["']?[^\s:"'/]{1,64}:(?<v>[^\s"']{1,256})/dg },
  { word: /mysql|mariadb/, pattern: /\b(?:mysql|mariadb)[a-z-]{0,12}\b[^\n|;]{0,200}?\s-p(?<v>[^\s"']{1,256})/dg },
  { word: /sshpass/, pattern: /\bsshpass\s+-p\s{0,4}["']?(?<v>[^\s"']{1,256})/dg },
  { word: /redis-cli/, pattern: /\bredis-cli\b[^\n|;]{0,200}?\s-a\s+["']?(?<v>[^\s"']{1,256})/dg },
  { word: /requirepass|masterauth/, pattern: /\b(?:requirepass|masterauth)[ \t]+["']?(?<v>[^\s"']{1,256})/dg },
  {
    word: /login/,
    // On a line of its own, behind a log's timestamp, too.
    pattern: /\blogin[ \t]+\S{1,128}\s+(?:[0-9][0-9T:.,+Z-]{9,40}\s{1,8})?password[ \t]+(?<v>\S{1,256})/dg,
  },
  { word: /Unseal Key/, pattern: /\bUnseal Key [0-9]{1,2}[^:\n]{0,32}: (?<v>\S{16,256})/dg },
  // .pgpass
  {
    word: /:(?:5432|6432|\*):/,
    pattern:
      /(?<![\w.*-])[\w.*-]{1,253}:(?:5432|6432|\*):[\w*.-]{1,64}:[\w*.-]{1,64}:(?<v>(?:\\[:\\]|[^\s:"'\\]){1,256})/dg,
  },
  {
    word: /IDENTIFIED/i,
    pattern: /\bIDENTIFIED\s+(?:WITH\s+\S{1,64}\s+)?BY\s+(?:PASSWORD\s+)?["'](?<v>[^"'\n]{1,256})/dgi,
  },
  { word: /bearer|basic/i, pattern: /\b(?:bearer|basic)(?:[ +]|%20)(?<v>[A-Za-z0-9._~+/=%-]{16,})/dgi, mustLook: true },
]

const ANY_WORD = /curl|wget|http|mysql|mariadb|sshpass|redis-cli|requirepass|masterauth|login|identified|bearer|basic/i
/** Apart from the words: in one pattern with them it would double their cost. */
const ANY_OTHER = /Unseal Key|:(?:5432|6432|\*):/

export const findCommandCredentials = (text: string): Finding[] => {
  if (!ANY_WORD.test(text) && !ANY_OTHER.test(text)) return []
  const findings: Finding[] = []
  for (const { word, pattern, mustLook = false } of PATTERNS) {
    if (!word.test(text)) continue
    for (const { start, end } of valuesOf(pattern, text)) {
      const value = text.slice(start, end)
      // `docker run -u 1000:1000` names a group.
      if (isPlaceholder(value) || /^[0-9]{1,5}$/.test(value) || (mustLook && !looksCredential(value))) continue
      findings.push({ start, end })
    }
  }
  return findings
}
