/**
 * Who may report an alert: each sender in the way that it can. Alertmanager presents a token or a password; PagerDuty
 * signs the body (https://developer.pagerduty.com/docs/webhooks-signatures), Grafana the body or time and body, and the
 * generic form is signed as Bulkhead signs its own webhooks. Whatever is compared is compared in constant time: as
 * hashes, so that not even a length shows.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Config } from '../../config.ts'
import { bytesOfBase64 } from '../../guard/base64.ts'
import type { Millis, Secrets } from '../../ports.ts'
import { same } from '../keys.ts'

/** What a delivery's own clock may be behind: queues, retries of the sender, clocks that differ. */
export const MAX_AGE_MS: Millis = 180_000
/** And before ours. Both together are the time for which a delivery is claimed, so that a replay finds its claim. */
export const MAX_AHEAD_MS: Millis = 60_000
/** Signatures of one delivery: one for each secret of the sender's that is in force. */
const MAX_SIGNATURES = 10

export const GRAFANA_SIGNATURE = 'x-grafana-alerting-signature'
export const GRAFANA_TIME = 'x-grafana-alerting-timestamp'
export const PAGERDUTY_SIGNATURE = 'x-pagerduty-signature'
export const OWN_SIGNATURE = 'bulkhead-signature'

/** Why a delivery is not let in; recorded, and on the wire all the same. */
export type HookRefusal =
  | 'no_credential'
  | 'wrong_credential'
  | 'no_signature'
  | 'wrong_signature'
  | 'no_time'
  | 'too_old'
  | 'from_the_future'

type Hook = Config['hooks'][string]

const digest = (text: string): Uint8Array => sha256(utf8ToBytes(text))
const sameText = (one: string, other: string): boolean => same(digest(one), digest(other))

/** `Basic` of RFC 7617, UTF-8. Undefined: not that. */
const basicOf = (header: string): { readonly username: string; readonly password: string } | undefined => {
  const [, encoded] = /^Basic ([A-Za-z0-9+/]{1,4096}={0,2})$/i.exec(header) ?? []
  if (encoded === undefined) return undefined
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytesOfBase64(encoded))
    const colon = text.indexOf(':')
    return colon < 0 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) }
  } catch {
    return undefined
  }
}

/** What stands in a header and needs no body. Undefined: it is good, or the scheme is a signature. */
export const checkHeader = async (hook: Hook, headers: Headers, secrets: Secrets): Promise<HookRefusal | undefined> => {
  const header = headers.get('authorization') ?? ''
  const wanted = hook.bearer ?? hook.basic?.password
  if (wanted === undefined) return undefined
  const secret = (await secrets.get(wanted.secret)).trim()
  if (header === '') return 'no_credential'
  if (hook.basic === undefined) {
    const [, token] = /^Bearer ([!-~]{1,4096})$/i.exec(header) ?? []
    return token !== undefined && sameText(token, secret) ? undefined : 'wrong_credential'
  }
  const presented = basicOf(header)
  if (presented === undefined) return 'wrong_credential'
  // Both are compared, whatever the first says.
  const both = [sameText(presented.username, hook.basic.username), sameText(presented.password, secret)]
  return both.every(Boolean) ? undefined : 'wrong_credential'
}

const HEX = /^[0-9a-f]{64}$/i

const anySame = (signatures: readonly string[], key: string, signed: Uint8Array): boolean => {
  const wanted = hmac(sha256, utf8ToBytes(key), signed)
  let found = false
  for (const it of signatures.slice(0, MAX_SIGNATURES))
    if (HEX.test(it)) found = same(sha256(hexToBytes(it)), sha256(wanted)) || found
  return found
}

/** Seconds since the epoch, by the sender's clock. */
const timeRefusal = (seconds: string, now: Millis): HookRefusal | undefined => {
  if (!/^[0-9]{1,12}$/.test(seconds)) return 'no_time'
  const age = now - Number(seconds) * 1000
  if (age > MAX_AGE_MS) return 'too_old'
  return age < -MAX_AHEAD_MS ? 'from_the_future' : undefined
}

const timed = (
  seconds: string,
  separator: string,
  body: Uint8Array,
  signatures: readonly string[],
  key: string,
  now: Millis,
): HookRefusal | undefined => {
  if (signatures.length === 0) return 'no_signature'
  // The signature first: a stranger learns nothing of our clock.
  if (!anySame(signatures, key, concatBytes(utf8ToBytes(`${seconds}${separator}`), body))) return 'wrong_signature'
  return timeRefusal(seconds, now)
}

/** `v1=HEX`, and others by a comma. */
const versioned = (header: string, version: string): readonly string[] =>
  header
    .split(',')
    .map((it) => it.trim())
    .flatMap((it) => (it.startsWith(`${version}=`) ? [it.slice(version.length + 1)] : []))

/** The signature over the raw body. Undefined: it is good, or the scheme is none. */
export const checkSignature = async (
  hook: Hook,
  headers: Headers,
  body: Uint8Array,
  secrets: Secrets,
  now: Millis,
): Promise<HookRefusal | undefined> => {
  if (hook.hmac === undefined) return undefined
  const key = (await secrets.get(hook.hmac.secret)).trim()
  const header = (name: string): string => headers.get(name) ?? ''
  switch (hook.type) {
    case 'pagerduty': {
      const signatures = versioned(header(PAGERDUTY_SIGNATURE), 'v1')
      if (signatures.length === 0) return 'no_signature'
      return anySame(signatures, key, body) ? undefined : 'wrong_signature'
    }
    case 'grafana': {
      const signature = header(GRAFANA_SIGNATURE).trim()
      return timed(header(GRAFANA_TIME).trim(), ':', body, signature === '' ? [] : [signature], key, now)
    }
    case 'generic':
    case 'alertmanager': {
      const own = header(OWN_SIGNATURE)
      const [seconds = ''] = versioned(own, 't')
      return timed(seconds, '.', body, versioned(own, 'v1'), key, now)
    }
  }
}

/** RFC 9110 wants a challenge with a 401. */
export const challengeOf = ({ bearer, basic }: Hook): string => {
  if (bearer !== undefined) return 'Bearer realm="bulkhead"'
  return basic === undefined ? 'Signature realm="bulkhead"' : 'Basic realm="bulkhead", charset="UTF-8"'
}
