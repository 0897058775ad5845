import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CLOCK_SKEW_SECONDS, checkClaims, MAX_ACT_DEPTH } from '../../../src/http/claims.ts'
import { AUDIENCE, configOf, ISSUER } from './setup.ts'

const issuer = configOf().identity.issuers[0]
if (issuer === undefined) throw new Error('no issuer in the configuration of this test')

const SECONDS = 1_793_491_200
const NOW = SECONDS * 1000
const good = {
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'maria@example.com',
  client_id: 'desktop',
  groups: ['agents'],
  iat: SECONDS,
  exp: SECONDS + 300,
}

const chain = (depth: number): unknown =>
  depth === 0 ? undefined : { sub: `actor-${depth}`, ...(depth === 1 ? {} : { act: chain(depth - 1) }) }

describe('the claims of an access token', () => {
  test('L6-1 a good token names its caller', () => {
    expect(checkClaims(good, issuer, NOW)).toEqual({
      ok: true,
      caller: {
        kind: 'agent',
        issuer: ISSUER,
        client: 'desktop',
        subject: 'maria@example.com',
        owner: 'maria@example.com',
        groups: ['agents'],
      },
    })
  })

  test.each([
    ['another issuer', { iss: 'https://evil.example.com' }, 'wrong_issuer'],
    ['an issuer with a slash more', { iss: `${ISSUER}/` }, 'wrong_issuer'],
    ['no issuer', { iss: undefined }, 'wrong_issuer'],
    ['another audience', { aud: 'https://other.example.com/mcp' }, 'wrong_audience'],
    ['an audience that begins like ours', { aud: `${AUDIENCE}/` }, 'wrong_audience'],
    ['other audiences', { aud: ['https://other.example.com', `${AUDIENCE}2`] }, 'wrong_audience'],
    ['no audience', { aud: undefined }, 'wrong_audience'],
    ['an audience of no shape', { aud: { [AUDIENCE]: true } }, 'wrong_audience'],
    ['no expiry', { exp: undefined }, 'malformed_claims'],
    ['an expiry in words', { exp: String(SECONDS + 300) }, 'malformed_claims'],
    ['a past expiry', { exp: SECONDS - CLOCK_SKEW_SECONDS }, 'expired_token'],
    ['a future nbf', { nbf: SECONDS + CLOCK_SKEW_SECONDS + 1 }, 'not_yet_valid'],
    ['nbf in words', { nbf: 'now' }, 'malformed_claims'],
    ['a future iat', { iat: SECONDS + CLOCK_SKEW_SECONDS + 1 }, 'issued_in_future'],
    ['iat null', { iat: null }, 'malformed_claims'],
    ['no subject', { sub: undefined }, 'malformed_subject'],
    ['an empty subject', { sub: '' }, 'malformed_subject'],
    ['a subject of two lines', { sub: 'maria\nlead' }, 'malformed_subject'],
    ['a subject with a hidden character', { sub: 'maria\u200b' }, 'malformed_subject'],
    ['a subject longer than a record keeps', { sub: 'm'.repeat(257) }, 'malformed_subject'],
    ['a subject that hooks are known by', { sub: 'hook:alertmanager' }, 'malformed_subject'],
    ['a client that hooks are known by', { client_id: 'hook:alertmanager' }, 'malformed_subject'],
    ['a client that is no text', { client_id: 7 }, 'malformed_subject'],
    ['groups of no shape', { groups: { agents: true } }, 'malformed_groups'],
    ['a group that is no text', { groups: ['agents', 7] }, 'malformed_groups'],
    ['too many groups', { groups: Array.from({ length: 201 }, (_, at) => `group-${at}`) }, 'malformed_groups'],
    ['groups that stand elsewhere', { groups: undefined, _claim_names: { groups: 'src1' } }, 'malformed_groups'],
    ['a token bound to its sender', { cnf: { jkt: 'thumbprint' } }, 'sender_constrained'],
  ] as const)('L6-1 %s is refused', (_, change, reason) => {
    expect(checkClaims({ ...good, ...change }, issuer, NOW)).toEqual({ ok: false, reason })
  })

  test.each([
    ['exp', { exp: SECONDS - CLOCK_SKEW_SECONDS + 1 }],
    ['nbf', { nbf: SECONDS + CLOCK_SKEW_SECONDS }],
    ['iat', { iat: SECONDS + CLOCK_SKEW_SECONDS }],
  ])('L6-1 %s may be off by the stated skew', (_, change) => {
    expect(checkClaims({ ...good, ...change }, issuer, NOW).ok).toBe(true)
  })

  test('L6-1 ours may be one of several audiences', () => {
    expect(checkClaims({ ...good, aud: ['https://other.example.com', AUDIENCE] }, issuer, NOW).ok).toBe(true)
  })

  test.each([
    ['the client of a grant', { groups: undefined, client_id: 'nightly-bot' }, ['agents']],
    ['the client by azp', { groups: undefined, client_id: undefined, azp: 'nightly-bot' }, ['agents']],
    ['the scope of a grant', { groups: undefined, scope: 'openid k8s.read' }, ['readers']],
    ['the scope as a list', { groups: undefined, scp: ['k8s.read'] }, ['readers']],
    ['a claim and a grant', { scope: 'k8s.read' }, ['agents', 'readers']],
    ['one group as a word', { groups: 'sre' }, ['sre']],
  ] as const)('L6-1 groups come from %s', (_, change, groups) => {
    expect(checkClaims({ ...good, ...change }, issuer, NOW)).toMatchObject({ ok: true, caller: { groups } })
  })

  test('L6-1 client_id, not azp, decides where both stand', () => {
    const result = checkClaims({ ...good, groups: undefined, azp: 'nightly-bot' }, issuer, NOW)
    expect(result).toEqual({ ok: false, reason: 'insufficient_scope', scopes: ['k8s.read'] })
  })

  test('L6-1 a grant of client and scope wants both', () => {
    const both = { ...issuer, grants: [{ clientId: 'nightly-bot', scope: 'k8s.read', groups: ['agents'] }] }
    const bot = { ...good, groups: undefined, client_id: 'nightly-bot' }
    expect(checkClaims(bot, both, NOW)).toMatchObject({ ok: false, reason: 'insufficient_scope' })
    expect(checkClaims({ ...bot, scope: 'k8s.read' }, both, NOW).ok).toBe(true)
    // No scope would help another client: it is nobody in particular, and policy denies it.
    expect(checkClaims({ ...good, groups: undefined }, both, NOW)).toMatchObject({ ok: true, caller: { groups: [] } })
  })

  test('L7-4 delegation is told nearest first, up to its limit', () => {
    for (let depth = 1; depth <= MAX_ACT_DEPTH; depth += 1) {
      const act = Array.from({ length: depth }, (_, at) => `actor-${depth - at}`)
      expect(checkClaims({ ...good, act: chain(depth) }, issuer, NOW)).toMatchObject({ ok: true, caller: { act } })
    }
  })

  test.each([
    ['deeper than the limit', chain(MAX_ACT_DEPTH + 1), 'delegation_too_deep'],
    ['far deeper than the limit', chain(2000), 'delegation_too_deep'],
    ['of nobody', {}, 'malformed_delegation'],
    ['of nobody behind somebody', { sub: 'agent', act: { iss: ISSUER } }, 'malformed_delegation'],
    ['in words', 'agent', 'malformed_delegation'],
    ['null', null, 'malformed_delegation'],
  ] as const)('L7-4 delegation %s is refused', (_, act, reason) => {
    expect(checkClaims({ ...good, act }, issuer, NOW)).toEqual({ ok: false, reason })
  })

  test('L6-1 no claims of any shape throw, and none without our issuer and audience pass', async () => {
    await fc.assert(
      fc.property(fc.jsonValue(), (claims) => {
        expect(checkClaims(claims, issuer, NOW).ok).toBe(false)
      }),
    )
    await fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...Object.keys(good), 'act', 'nbf', 'scope'), fc.jsonValue()),
        (odd) => {
          const result = checkClaims({ ...good, ...odd }, issuer, NOW)
          if (!result.ok) return
          expect(result.caller.issuer).toBe(ISSUER)
          expect(result.caller.subject).not.toBe('')
          expect(result.caller.groups.every((group) => typeof group === 'string')).toBe(true)
        },
      ),
    )
  })
})
