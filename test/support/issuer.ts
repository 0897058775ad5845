/**
 * An authorization server in memory: metadata and keys over the `fetchIssuer` port, and tokens as good or as bad as a
 * test wants them. Every document can be replaced; every request is remembered.
 */
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose'
import type { Millis, Ports } from '../../src/ports.ts'

export interface FakeIssuerOptions {
  readonly issuer?: string
  readonly audience?: string
  /** Tokens are issued now and good for five minutes. */
  readonly now: () => Millis
  readonly alg?: string
}

export interface TokenChanges {
  /** `undefined` leaves a claim out. */
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Partial<JWTHeaderParameters>>
  /** Sign with this in place of the issuer's own key. */
  readonly key?: CryptoKey | Uint8Array
}

export interface FakeIssuer {
  readonly issuer: string
  readonly audience: string
  readonly metadataUrl: string
  readonly jwksUrl: string
  readonly fetchIssuer: Ports['fetchIssuer']
  /** URLs asked for, in order. */
  readonly requests: string[]
  /** What stands where; a function may answer anything, or throw. */
  readonly documents: Map<string, (signal: AbortSignal) => Response | Promise<Response>>
  token(changes?: TokenChanges): Promise<string>
  /** A new signing key; the old one is withdrawn. Gives the new key's `kid`. */
  rotate(): Promise<string>
  /** The public half of the present key. */
  publicKey(): Promise<JWK>
}

const json = (body: unknown) => () => Response.json(body)

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token that nobody signed, whatever its header says. */
export const unsigned = (header: unknown, claims: unknown, signature = ''): string =>
  `${base64url(header)}.${base64url(claims)}.${signature}`

export const createFakeIssuer = async ({
  issuer = 'https://login.example.com',
  audience = 'https://bulkhead.example.com/mcp',
  now,
  alg = 'ES256',
}: FakeIssuerOptions): Promise<FakeIssuer> => {
  const metadataUrl = `${new URL(issuer).origin}/.well-known/oauth-authorization-server`
  const jwksUrl = `${issuer}/keys`
  const requests: string[] = []
  const documents: FakeIssuer['documents'] = new Map()
  let pair = await generateKeyPair(alg, { extractable: true })
  let generation = 0
  const kid = () => `key-${generation}`
  const publicKey = async (): Promise<JWK> => ({ ...(await exportJWK(pair.publicKey)), kid: kid(), alg, use: 'sig' })
  const publish = async () => {
    const keys = [await publicKey()]
    documents.set(jwksUrl, json({ keys }))
  }
  documents.set(metadataUrl, json({ issuer, jwks_uri: jwksUrl }))
  await publish()

  return {
    issuer,
    audience,
    metadataUrl,
    jwksUrl,
    requests,
    documents,
    publicKey,
    async fetchIssuer(url, signal) {
      requests.push(url)
      const answer = documents.get(url)
      return answer === undefined ? new Response('not here', { status: 404 }) : answer(signal)
    },
    async token({ claims = {}, header = {}, key } = {}) {
      const seconds = Math.floor(now() / 1000)
      const payload: Record<string, unknown> = {
        iss: issuer,
        aud: audience,
        sub: 'maria@example.com',
        client_id: 'desktop',
        groups: ['agents'],
        iat: seconds,
        exp: seconds + 300,
        ...claims,
      }
      const stated = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined))
      return new SignJWT(stated)
        .setProtectedHeader({ alg, kid: kid(), typ: 'at+jwt', ...header })
        .sign(key ?? pair.privateKey)
    },
    async rotate() {
      pair = await generateKeyPair(alg, { extractable: true })
      generation += 1
      await publish()
      return kid()
    },
  }
}
