/**
 * The outside of an access token: is it a JWT that we could check at all, whose does it say it is, and is its signature
 * good (RFC 7515, RFC 9068, RFC 8725). The algorithm comes from a list of ours, the key from the issuer's published set
 * only: `jwk`, `jku`, `x5u` and their like in the header are never looked at. No I/O, no clock.
 */
import { compactVerify, type createLocalJWKSet, decodeJwt, decodeProtectedHeader, errors } from 'jose'

/** Asymmetric only: `none` proves nothing, and with HS* whoever can check can also sign. */
export const ALGORITHMS: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'EdDSA',
  'Ed25519',
]

/**
 * RFC 9068's type, and the general one that many issuers still write. Absent means the same as `JWT` (RFC 7519, 5.1).
 * Anything else names a token for another purpose (`logout+jwt`, `dpop+jwt`, …).
 */
const TYPES: readonly string[] = ['at+jwt', 'application/at+jwt', 'jwt']

export type EnvelopeRefusal = 'malformed_token' | 'algorithm_refused' | 'type_refused' | 'critical_header'
export type SignatureRefusal = 'unknown_signing_key' | 'ambiguous_signing_key' | 'bad_signature' | 'malformed_token'

/** What a token says of itself before anything about it is proved: good for choosing the key, for nothing else. */
export interface UnprovenToken {
  readonly issuer: string
  readonly kid: string | undefined
}

export type Envelope =
  | { readonly ok: true; readonly token: UnprovenToken }
  | { readonly ok: false; readonly reason: EnvelopeRefusal }

export type Verified =
  | { readonly ok: true; readonly claims: unknown }
  | { readonly ok: false; readonly reason: SignatureRefusal }

export type KeySet = ReturnType<typeof createLocalJWKSet>

/** Three parts of base64url, the signature possibly empty: everything else is taken for a bearer key. */
export const looksLikeJwt = (presented: string): boolean =>
  /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/.test(presented)

/** `algorithms`: fewer than all of ours, where an issuer is known to use fewer. */
export const readEnvelope = (presented: string, algorithms: readonly string[] = ALGORITHMS): Envelope => {
  const refused = (reason: EnvelopeRefusal): Envelope => ({ ok: false, reason })
  let header: ReturnType<typeof decodeProtectedHeader>
  let issuer: unknown
  try {
    header = decodeProtectedHeader(presented)
    issuer = decodeJwt(presented).iss
  } catch {
    return refused('malformed_token')
  }
  if (typeof header.alg !== 'string' || !algorithms.includes(header.alg)) return refused('algorithm_refused')
  if (header.typ !== undefined && (typeof header.typ !== 'string' || !TYPES.includes(header.typ.toLowerCase())))
    return refused('type_refused')
  if (header.crit !== undefined) return refused('critical_header')
  if (typeof issuer !== 'string' || (header.kid !== undefined && typeof header.kid !== 'string'))
    return refused('malformed_token')
  return { ok: true, token: { issuer, kid: header.kid } }
}

/** Checks the signature and gives the claims, which `checkClaims` must still judge. */
export const verifySignature = async (
  presented: string,
  keys: KeySet,
  algorithms: readonly string[] = ALGORITHMS,
): Promise<Verified> => {
  const refused = (reason: SignatureRefusal): Verified => ({ ok: false, reason })
  try {
    const { payload } = await compactVerify(presented, keys, { algorithms: [...algorithms] })
    return { ok: true, claims: JSON.parse(new TextDecoder().decode(payload)) as unknown }
  } catch (thrown) {
    if (thrown instanceof errors.JWKSNoMatchingKey) return refused('unknown_signing_key')
    if (thrown instanceof errors.JWKSMultipleMatchingKeys) return refused('ambiguous_signing_key')
    if (thrown instanceof errors.JWSSignatureVerificationFailed) return refused('bad_signature')
    return refused('malformed_token')
  }
}
