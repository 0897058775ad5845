import { describe, expect, test } from 'vitest'
import { isSecretFile, type Secrecy, secrecyOf } from '../../../src/guard/output/names.ts'

const NAMES: Readonly<Record<Secrecy, readonly string[]>> = {
  password: [
    ...[
      'password',
      'DB_PASSWORD',
      'dbPassword',
      'db-password',
      'POSTGRES_PASSWORD',
      'passwd',
      'MYSQL_PWD',
      'passphrase',
    ],
    ...['--password', 'spring.datasource.password', 'PGPASSWORD', 'redispassword', 'PASSWORD_B64', 'adminPassword2'],
    ...['requirepass', 'password_hash', 'id_rsa', 'userPasswordValue'],
  ],
  secret: [
    ...[
      'secret',
      'clientSecret',
      'CLIENT_SECRET',
      'client-secret',
      'token',
      'accessToken',
      'GITHUB_TOKEN',
      'authToken',
    ],
    ...[
      'apiKey',
      'API_KEY',
      'x-api-key',
      'apikey',
      'AWS_SECRET_ACCESS_KEY',
      'privateKey',
      'private_key',
      'ssh-privatekey',
    ],
    ...['Authorization', 'Proxy-Authorization', 'Cookie', 'Set-Cookie', 'credentials', 'client-key-data', 'tls.key'],
    ...['SECRET_KEY_BASE', 'licenseKey', 'webhookSecret', 'sessionId', '.dockerconfigjson', 'AccountKey', 'DB_PASS'],
    ...['encryption-key', 'jwt', 'x.example.com/api-token', 'X-Vault-Token', 'basic-auth', 'token2', 'refresh_token'],
  ],
  reference: ['tlsSecret', 'imagePullSecret', 'existingSecret', 'nginx.ingress.kubernetes.io/auth-secret', 'secrets'],
  weak: ['auth', 'key', 'sig', 'signature', 'session', 'sid', 'X-Amz-Signature'],
  none: [
    ...[
      'secretName',
      'secretKeyRef',
      'secretRef',
      'imagePullSecretsName',
      'tokenExpirationSeconds',
      'expirationSeconds',
    ],
    ...[
      'automountServiceAccountTokens_enabled',
      'passwordPolicy',
      'PASSWORD_FILE',
      'token-auth-file',
      'tls-private-key-file',
    ],
    ...[
      'passwordKey',
      'usernameKey',
      'topologyKey',
      'publicKey',
      'sshPublicKey',
      'partition_key',
      'keyName',
      'keys_total',
    ],
    ...[
      'author',
      'authority',
      'authorization-mode',
      'monkey',
      'keyboard',
      'tokenizer',
      'compass',
      'bypass',
      'proxy_pass',
    ],
    ...['checksum/secret', 'pod-template-hash', 'secretsStore', 'sessionAffinity', 'sessionAffinityConfig', 'passing'],
    ...[
      'cookieName',
      'token_ttl',
      'tokenReviewUrl',
      'accessKeyId',
      'signatureVersion',
      'side',
      'design',
      'image',
      'name',
    ],
  ],
}

describe('what a name says of its value', () => {
  const cases = Object.entries(NAMES).flatMap(([secrecy, names]) => names.map((name) => [name, secrecy] as const))
  test.each(cases)('%s → %s', (name, secrecy) => {
    expect(secrecyOf(name)).toBe(secrecy)
  })

  test('answers the same when it has forgotten', () => {
    for (let at = 0; at < 5000; at += 1) secrecyOf(`password${at}`)
    expect(secrecyOf('DB_PASSWORD')).toBe('password')
    expect(secrecyOf('secretName')).toBe('none')
  })

  test('a name of any length costs what its end costs', () => {
    expect(secrecyOf(`${'a'.repeat(1_000_000)}_password`)).toBe('password')
  })
})

test.each([
  'id_rsa',
  '.npmrc',
  '.pgpass',
  'htpasswd',
  'server.key',
  'keystore.jks',
  'kubeconfig',
  'service-account.json',
  'credentials',
])('a file called %s is secret as a whole', (name) => expect(isSecretFile(name)).toBe(true))

test.each(['nginx.conf', 'ca.crt', 'tls.crt', 'application.yaml', 'keyboard', 'monkey.txt', 'key.txt', 'README.md'])(
  'a file called %s is not',
  (name) => expect(isSecretFile(name)).toBe(false),
)
