import { describe, expect, test } from 'vitest'
import { protectedResourceMetadata, toScopeParameter } from '../../../src/http/metadata.ts'
import { AUDIENCE, bench, configOf, ISSUER } from './setup.ts'

const PATHS = ['/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/mcp']
const mounted = (config = configOf()) => bench((app) => void app.route('/', protectedResourceMetadata(config)), config)

describe('protected resource metadata', () => {
  test.each(PATHS)('L6-1 %s names the resource and its issuers, to pages of any origin', async (path) => {
    const { get } = await mounted()
    const response = await get(path, undefined, { origin: 'https://client.example.com' })
    expect(response.status).toBe(200)
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(response.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
    expect(await response.json()).toEqual({
      resource: AUDIENCE,
      authorization_servers: [ISSUER],
      bearer_methods_supported: ['header'],
      resource_name: 'Bulkhead',
      scopes_supported: ['k8s.read'],
    })
  })

  test.each(PATHS)('L6-1 %s answers a preflight, and no other method', async (path) => {
    const { app } = await mounted()
    const preflight = await app.request(path, { method: 'OPTIONS' })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-methods')).toBe('GET')
    expect(preflight.headers.get('access-control-allow-headers')).toBe('*')
    const post = await app.request(path, { method: 'POST' })
    expect(post.status).toBe(405)
    expect(post.headers.get('allow')).toBe('GET, HEAD, OPTIONS')
  })

  test.each(PATHS)('L6-1 without an issuer %s is no route', async (path) => {
    const { get } = await mounted(configOf({}, []))
    const response = await get(path)
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ code: 'no_route' })
  })

  test('L6-1 a scope that cannot be quoted stays out of the challenge', () => {
    expect(toScopeParameter(['k8s.read', 'a"b', 'a b', 'a\\b', 'k8s.read', ''])).toBe('k8s.read')
  })
})
