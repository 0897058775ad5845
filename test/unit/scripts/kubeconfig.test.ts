/** `npm start -- --kubeconfig`: what of a kubeconfig is taken, and what is refused with what to do instead. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { readKubeconfig } from '../../../scripts/local/kubeconfig.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bulkhead-kubeconfig-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const base64 = (text: string) => Buffer.from(text).toString('base64')
const CLUSTER = { server: 'https://k8s.example.com:6443', 'certificate-authority-data': base64('the CA') }
const USER = { token: 'a-token' }

const write = (cluster: object, user: object): string => {
  const file = join(folder, `${crypto.randomUUID()}.yaml`)
  writeFileSync(
    file,
    stringify({
      'current-context': 'dev',
      contexts: [
        { name: 'dev', context: { cluster: 'one', user: 'me' } },
        { name: 'lost', context: { cluster: 'two', user: 'me' } },
      ],
      clusters: [{ name: 'one', cluster }],
      users: [{ name: 'me', user }],
    }),
  )
  return file
}

describe('what is taken', () => {
  test('a token and a CA, of the current context', () => {
    expect(readKubeconfig(write(CLUSTER, USER), undefined)).toEqual({
      context: 'dev',
      server: 'https://k8s.example.com:6443',
      certificateAuthority: 'the CA',
      credential: { token: 'a-token' },
    })
  })

  test('a client certificate, and files relative to the kubeconfig', () => {
    writeFileSync(join(folder, 'client.key'), 'the key')
    const user = { 'client-certificate-data': base64('the certificate'), 'client-key': 'client.key' }
    expect(readKubeconfig(write(CLUSTER, user), 'dev').credential).toEqual({
      certificate: 'the certificate',
      key: 'the key',
    })
  })

  test('a flag that is off', () => {
    const cluster = { ...CLUSTER, 'insecure-skip-tls-verify': false }
    expect(readKubeconfig(write(cluster, USER), 'dev').server).toBe(CLUSTER.server)
  })
})

describe('what is refused', () => {
  test.each([
    ['exec', { exec: { command: 'aws' } }],
    ['exec', { exec: { command: 'aws' }, token: 'a-token' }],
    ['auth-provider', { 'auth-provider': { name: 'oidc' } }],
    ['username', { username: 'maria', password: 'guess' }],
    ['as', { token: 'a-token', as: 'system:admin' }],
  ])('L4-4 a user with %s, with what to do instead', (key, user) => {
    expect(() => readKubeconfig(write(CLUSTER, user), 'dev')).toThrow(
      new RegExp(`user "me": "${key}" is refused: .*kubectl create token`),
    )
  })

  test.each([
    ['insecure-skip-tls-verify', true],
    ['proxy-url', 'http://proxy.example.com:3128'],
    ['tls-server-name', 'other.example.com'],
  ])('L4-4 a cluster with %s', (key, value) => {
    expect(() => readKubeconfig(write({ ...CLUSTER, [key]: value }, USER), 'dev')).toThrow(
      `cluster "one": "${key}" is refused`,
    )
  })

  test('L4-4 a server without TLS', () => {
    const cluster = { ...CLUSTER, server: 'http://k8s.example.com' }
    expect(() => readKubeconfig(write(cluster, USER), 'dev')).toThrow('the server must be an https URL')
  })

  test('what is not there, by its name', () => {
    const file = write(CLUSTER, {})
    expect(() => readKubeconfig(file, 'dev')).toThrow('neither a token nor a client certificate')
    expect(() => readKubeconfig(file, 'prod')).toThrow('no context "prod"; there are: dev, lost')
    expect(() => readKubeconfig(file, 'lost')).toThrow('cluster "two", which is not there')
    expect(() => readKubeconfig(join(folder, 'none.yaml'), 'dev')).toThrow('there is no file')
  })
})
