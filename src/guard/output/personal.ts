/**
 * Personal data (THREATS.md L2-6): e-mail addresses, payment card numbers, telephone numbers in international form; and,
 * in logs alone, public IP addresses. Addresses of pods, services and nodes are the very facts that an operator asks for,
 * so objects and tables keep every address, and logs keep the private, shared, loopback, link-local and documentation
 * ranges (RFC 6890); what is left in a log is, as a rule, somebody's client. Linear: every quantifier is bounded.
 */
import type { Finding } from './finding.ts'
import { matchesOf } from './matches.ts'

export interface PersonalOptions {
  /** The text is a log: public addresses are masked too. */
  readonly addresses: boolean
}

/** RFC 5321 §4.5.3.1: 64 characters before the `@`; of the domain, what is in use. */
const LOCAL_PART = /(?<![A-Za-z0-9._%+/:@-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}$/
const MAX_LOCAL_PART = 64
const DOMAIN = /@((?:[A-Za-z0-9-]{1,63}\.){1,8}([A-Za-z]{2,24}))(?![A-Za-z0-9-]|\.[A-Za-z0-9]|[@:/][A-Za-z0-9])/g
/** Accounts of programs, written like a person's address. */
const ACCOUNTS = /(?:^|\.)gserviceaccount\.com$/i
/** Ends of names that are no mail domain: cluster names, systemd units, files. */
const NOT_MAIL = new Set(
  'local internal svc lan localdomain localhost test invalid service socket timer mount slice scope target path conf yaml yml json log pem sock'.split(
    ' ',
  ),
)

/** 13 to 19 digits in groups, not part of a longer number or word. */
const CARD = /(?<![A-Za-z0-9._:+/-])[2-6](?:[ -]?[0-9]){12,18}(?![A-Za-z0-9_/-]|[.:][0-9])/g
/** Issuer prefixes and their lengths (ISO/IEC 7812): a tenth of all numbers passes Luhn, few of them look like this too. */
const ISSUERS =
  /^(?:4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})|5[1-5][0-9]{14}|2(?:22[1-9]|2[3-9][0-9]|[3-6][0-9]{2}|7[01][0-9]|720)[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|35(?:2[89]|[3-8][0-9])[0-9]{12}|6(?:011|5[0-9]{2}|4[4-9][0-9])[0-9]{12}|62[0-9]{14,17})$/

/** E.164 with its `+`: without it, any number would do. */
const PHONE = /(?<![A-Za-z0-9.+=/_-])\+[1-9](?:[ ().-]{0,2}[0-9]){7,14}(?![0-9A-Za-z:]|[.-][0-9])/g

/** Four numbers behind the word "version" are one. */
const IPV4 =
  /(?<![0-9A-Za-z.:_-]|[Vv]ersion[ :="]{1,2})(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?![0-9A-Za-z_]|\.[0-9]|-[0-9a-z])/g
/** No host has the first address of a network of 2^24: browsers write their versions so (`Chrome/142.0.0.0`). */
const PRIVATE_V4 =
  /^(?:[0-9]+\.0\.0\.0\.$|(?:0|10|127|169\.254|172\.(?:1[6-9]|2[0-9]|3[01])|192\.168|192\.0\.[02]|198\.1[89]|198\.51\.100|203\.0\.113|100\.(?:6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])|22[4-9]|23[0-9]|24[0-9]|25[0-5])\.)/
/** Global unicast is 2000::/3; everything else is private, link-local or multicast. */
const IPV6 = /(?<![0-9A-Za-z:.])[23][0-9a-f]{3}:(?:[0-9a-f]{0,4}:){1,6}[0-9a-f]{0,4}(?![0-9A-Za-z:.])/gi
/** Eight groups, or `::` in the place of some (RFC 4291 §2.2): `2026:10:00:00` is a date of an access log. */
const isWholeV6 = (address: string): boolean => address.includes('::') || address.split(':').length === 8
const DOCUMENTATION_V6 = /^(?:2001:0?db8|3fff):/i

const luhn = (digits: string): boolean => {
  let sum = 0
  for (let at = 0; at < digits.length; at += 1) {
    const digit = Number(digits[digits.length - 1 - at])
    sum += at % 2 === 0 ? digit : digit < 5 ? digit * 2 : digit * 2 - 9
  }
  return sum % 10 === 0
}

const isCard = (found: string): boolean => {
  const digits = found.replace(/[ -]/g, '')
  return ISSUERS.test(digits) && luhn(digits)
}

const isMail = (domain: string, top: string): boolean =>
  !NOT_MAIL.has(top.toLowerCase()) && !/^[0-9.]+[a-z-]/i.test(domain) && !ACCOUNTS.test(domain)

export const findPersonalData = (text: string, { addresses }: PersonalOptions): Finding[] => {
  const findings: Finding[] = []
  const add = (match: RegExpExecArray) => findings.push({ start: match.index, end: match.index + match[0].length })
  if (text.includes('@')) {
    for (const match of matchesOf(DOMAIN, text)) {
      const before = text.slice(Math.max(0, match.index - MAX_LOCAL_PART - 1), match.index)
      const local = LOCAL_PART.exec(before)?.[0]
      if (local === undefined || !isMail(match[1] ?? '', match[2] ?? '')) continue
      findings.push({ start: match.index - local.length, end: match.index + match[0].length })
    }
  }
  for (const match of matchesOf(CARD, text)) if (isCard(match[0])) add(match)
  if (text.includes('+')) for (const match of matchesOf(PHONE, text)) add(match)
  if (addresses) {
    for (const match of matchesOf(IPV4, text)) if (!PRIVATE_V4.test(`${match[0]}.`)) add(match)
    for (const match of matchesOf(IPV6, text)) if (isWholeV6(match[0]) && !DOCUMENTATION_V6.test(match[0])) add(match)
  }
  return findings
}
