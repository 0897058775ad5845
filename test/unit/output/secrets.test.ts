/** Secrets in text: what is masked, what must not be, in every wrapping that THREATS.md L2-2 names. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MARK } from '../../../src/guard/output/marks.ts'
import { BODY, base64Url, jwt, keyBody, masked, pem, scrubbed } from './support.ts'

/** Each holds `hunter2`, which must be gone, and says what must stay. */
const KEYED: readonly (readonly [string, string])[] = [
  ['password=hunter2 next', 'password=█ next'],
  ['password: hunter2', 'password: █'],
  ['DB_PASSWORD="hunter2 and more" x', 'DB_PASSWORD="█" x'],
  ["PASSWORD='hunter2'", "PASSWORD='█'"],
  ['{"password":"hunter2","user":"shop"}', '{"password":"█","user":"shop"}'],
  ['{"password" : "hun\\"ter2", "user":"shop"}', '{"password" : "█", "user":"shop"}'],
  ['{\\"password\\":\\"hunter2\\",\\"a\\":1}', '{\\"password\\":\\"█\\",\\"a\\":1}'],
  ['\\\\\\"password\\\\\\":\\\\\\"hunter2\\\\\\"}', '\\\\\\"password\\\\\\":\\\\\\"█\\\\\\"}'],
  ['--password hunter2 --user shop', '--password █ --user shop'],
  ['--token=hunter2,x --user shop', '--token=█ --user shop'],
  ['user=shop,password=hunter2,host=db', 'user=shop,password=█,host=db'],
  ['Server=db;Password=hunter2;User=shop', 'Server=db;Password=█;User=shop'],
  ['map[password:hunter2 user:shop]', 'map[password:█ user:shop]'],
  ['{Password:hunter2 User:shop}', '{Password:█ User:shop}'],
  ['url?token=hunter2&user=shop', 'url?token=█&user=shop'],
  ['password%3Dhunter2%26user%3Dshop', '█'],
  ['?q=%7B%22password%22%3A%22hunter2%22%7D&a=1', '?q=█&a=1'],
  ['Authorization: Bearer hunter2', 'Authorization: Bearer █'],
  ['"authorization":"Basic hunter2"', '"authorization":"Basic █"'],
  ["curl -H 'Authorization: token hunter2' x", "curl -H 'Authorization: token █' x"],
  ['proxy_set_header Authorization "Basic hunter2";', 'proxy_set_header Authorization "Basic █";'],
  ['Cookie: a=hunter2; b=c', 'Cookie: █'],
  ['X-Api-Key: hunter2', 'X-Api-Key: █'],
  ['name: DB_PASSWORD\n  value: hunter2\n', 'name: DB_PASSWORD\n  value: █\n'],
  ['{"name":"DB_PASSWORD","value":"hunter2"}', '{"name":"DB_PASSWORD","value":"█"}'],
  ['password: |\n  hunter2\n  more\nnext: x', 'password: |\n  █\nnext: x'],
  ['<password>hunter2</password>', '<password>█</password>'],
  ["ALTER USER shop PASSWORD 'hunter2'", "ALTER USER shop PASSWORD '█'"],
  ["CREATE USER shop IDENTIFIED BY 'hunter2'", "CREATE USER shop IDENTIFIED BY '█'"],
  ['mysql -ushop -phunter2 db', 'mysql -ushop -p█ db'],
  ['curl -u shop:hunter2 https://x', 'curl -u shop:█ https://x'],
  ['redis-cli -h r -a hunter2 ping', 'redis-cli -h r -a █ ping'],
  ['machine x login shop password hunter2', 'machine x login shop password █'],
  ['requirepass hunter2', 'requirepass █'],
  ['postgres://shop:hunter2@db:5432/orders', 'postgres://shop:█@db:5432/orders'],
  ['redis://:hunter2@cache', 'redis://:█@cache'],
  ['https:\\/\\/shop:hunter2@db\\/x', 'https:\\/\\/shop:█@db\\/x'],
  ['postgres://shop:hun/ter2@db/x', 'postgres://shop:█@db/x'],
  ['shop:hunter2@tcp(db:3306)/orders', 'shop:█@tcp(db:3306)/orders'],
  ['postgres%3A%2F%2Fshop%3Ahunter2%40db', '█'],
  ['password: hunter2, correct horse', 'password: █, correct horse'],
  ['<td>password=&quot;hunter2&quot;</td>', '<td>password=&quot;█&quot;</td>'],
  ['{&quot;password&quot;:&#34;hunter2&#34;}', '{&quot;password&quot;:&#34;█&#34;}'],
  ['db:5432:orders:shop:hunter2', 'db:5432:orders:shop:█'],
  ['*:*:*:shop:hunter2', '*:*:*:shop:█'],
  ['db.example.com:5432:orders:shop:hun\\:ter2secret', 'db.example.com:5432:orders:shop:█'],
  ['jdbc:oracle:thin:shop/"hun@ter2"@db:1521/x', 'jdbc:oracle:thin:shop/█@db:1521/x'],
  ['NEO4J_AUTH=neo4j/S3cr3tPass1', 'NEO4J_AUTH=█'],
  ['_auth=svcuser12:Winter2026', '_auth=█'],
  ['{"auths":{"r.io":{"auth":"svcuser12:Winter2026"}}}', '{"auths":{"r.io":{"auth":"█"}}}'],
  ['session: user/S3ss10nId77', 'session: █'],
  ['jdbc:oracle:thin:shop/hunter2@db:1521/x', 'jdbc:oracle:thin:shop/█@db:1521/x'],
  ['machine x\n  login shop\n  password hunter2', 'machine x\n  login shop\n  password █'],
  ['map[db:shop:hunter2@tcp(db:3306)/orders]', 'map[db:█@tcp(db:3306)/orders]'],
  [`x ${Buffer.from('password=hunter2').toString('hex')} y`, 'x █ y'],
  [`\\x${Buffer.from('password=hunter2').toString('hex')}`, '\\x█'],
]

describe('L2-2 values beside a telling name, credentials in URLs and on command lines', () => {
  test.each(KEYED)('%s', (text, expected) => {
    expect(masked(text)).toBe(expected)
    expect(masked(text)).not.toMatch(/hunter2|hun.{1,2}ter2/)
  })

  test('a value of any length is masked to its end', () => {
    for (const length of [10, 255, 256, 257, 5000, 50_000])
      expect(masked(`password=${'x1'.repeat(length)} end`)).toBe('password=█ end')
  })
})

const PEM = pem()
const ESCAPED = PEM.replaceAll('\n', '\\n')
const wrap = (text: string) => text.replace(/.{76}/g, '$&\n')

const WRAPPED: readonly (readonly [string, string, string])[] = [
  ['a PEM key on lines', `before\n${PEM}\nafter`, 'before\n█\nafter'],
  ['a PEM key in JSON', `{"key":"${ESCAPED}","a":1}`, '{"key":"█","a":1}'],
  ['a PEM key in JSON in JSON', `{\\"key\\":\\"${ESCAPED.replaceAll('\\', '\\\\')}\\"}`, '{\\"key\\":\\"█\\"}'],
  ['a PEM key, URL-encoded', `k=${encodeURIComponent(PEM)}&a=1`, 'k=█&a=1'],
  [
    'a PEM key behind timestamps',
    `${PEM}\ndone`.replace(/^/gm, '2026-11-22T10:00:00.123456789Z '),
    '2026-11-22T10:00:00.123456789Z █\n2026-11-22T10:00:00.123456789Z done',
  ],
  ['a PEM key without an end', `${PEM.split('\n').slice(0, 4).join('\n')}\nthe next line`, '█\nthe next line'],
  ['a PEM key without a beginning', `${PEM.split('\n').slice(2).join('\n')}\nthe next line`, '█\nthe next line'],
  ['a PEM key in base64', btoa(PEM), '█'],
  ['a PEM key twice in base64', `x ${btoa(btoa(PEM))} y`, 'x █ y'],
  ['a PEM key in base64, wrapped', `x\n${wrap(btoa(PEM))}\ny`, 'x\n█\ny'],
  ['an encrypted key', `-----BEGIN ${'ENCRYPTED PRIVATE'} KEY-----\n${keyBody(3).join('\n')}\n`, '█\n'],
  [
    'a PGP key',
    `-----BEGIN PGP ${'PRIVATE KEY BLOCK'}-----\nVersion: 1\n\n${keyBody(3).join('\n')}\n=a1B2\n-----END PGP ${'PRIVATE KEY BLOCK'}-----\n`,
    '█\n',
  ],
  ['a JSON Web Key', `{"kty":"EC","x":"${BODY}","d":"${BODY}"}`, `{"kty":"EC","x":"${BODY}","d":"█"}`],
  ['a JSON Web Key in YAML', `kty: oct\nk: ${BODY}\nuse: sig`, 'kty: oct\nk: █\nuse: sig'],
  [
    "PuTTY's key",
    `Public-Lines: 1\n${BODY}\nPrivate-Lines: 2\n${BODY}\n${BODY}==\nPrivate-MAC: 0a1b`,
    `Public-Lines: 1\n${BODY}\nPrivate-Lines: 2█\nPrivate-MAC: 0a1b`,
  ],
  ["PuTTY's key in JSON", `"Private-Lines: 1\\n${BODY}\\nPrivate-MAC: 0a"`, '"Private-Lines: 1█\\nPrivate-MAC: 0a"'],
  ['a JWT', `token is ${jwt()}.`, 'token is █'],
  ['a JWT after an escaped line end', `{"m":"a\\n${jwt()}\\nb"}`, '{"m":"a\\n█\\nb"}'],
  ['a JWT without its signature', `${jwt().split('.').slice(0, 2).join('.')} x`, '█ x'],
  ['a JWT of which only the header is left', `${jwt().split('.')[0]} x`, '█ x'],
  ['a JWT with detached content', `${jwt().split('.')[0]}..${base64Url('a signature of nothing')} x`, '█ x'],
  ['a JWT in base64', `x ${btoa(jwt())} y`, 'x █ y'],
  ['a password in base64', `x ${btoa('password=hunter2')} y`, 'x █ y'],
  ['a URL in base64', `x ${btoa('postgres://shop:hunter2@db/orders')} y`, 'x █ y'],
  ['a URL twice in base64', `x ${btoa(btoa('postgres://shop:hunter2@db/orders'))} y`, 'x █ y'],
  ['JSON in URL-safe base64', `x ${base64Url('{"a":"???","password":"hunter2"}')} y`, 'x █ y'],
  ['compressed data', `x H4sIAAAAAAAA${BODY}${BODY} y`, 'x █ y'],
  ['a token after an escaped line end', `{"m":"a\\nghp_${BODY}"}`, '{"m":"a\\n█"}'],
  ['a token after a URL-encoded blank', `q=a%20ghp_${BODY}`, 'q=█'],
  ['a hash of a password', `shop:$2y$10$${BODY}${BODY.slice(0, 13)}`, 'shop:█'],
  ['a crypt hash', `shop:$6$salt$${BODY}${BODY}`, 'shop:█'],
]

describe('L2-2 secrets in their wrappings', () => {
  test.each(WRAPPED)('%s', (_, text, expected) => {
    expect(masked(text)).toBe(expected)
  })
})

/** Beginnings and alphabets from each provider's documentation. */
const TOKENS: readonly string[] = [
  ...[
    'bh_agent_',
    'bh_operator_',
    'ghp_',
    'gho_',
    'ghs_',
    'github_pat_',
    'glpat-',
    'glrt-',
    'npm_',
    'pypi-AgEIcHlwaS5vcmc',
    'hvs.',
    'hvb.',
    'dp.pt.',
  ],
  ...['sk-proj-', 'sk-ant-api03-', 'gsk_', 'sk_live_', 'rk_test_', 'whsec_', 'xoxb-', 'xapp-', 'SG.a1B2c3D4e5F6g7H8.'],
  ...['ya29.', 'AIza', 'GOCSPX-', 'dckr_pat_', 'figd_', 'lin_api_', 'sntrys_', 'glsa_', 'glc_', 'ATATT3', 'sq0atp-'],
].map((prefix) => prefix + BODY)
const EXACT: readonly string[] = [
  `AKIA${'A1B2C3D4E5F6G7H8'}`,
  `ASIA${'A1B2C3D4E5F6G7H8'}`,
  `dapi${'0a1b2c3d'.repeat(4)}`,
  `hf_${'aBcDeFgHiJ'.repeat(4)}`,
  `dop_v1_${'0a1b2c3d'.repeat(8)}`,
  `NRAK-${'A1B2C3D4E5F6G7H8I9J0K1L2M3N'}`,
  `AGE-SECRET-KEY-1${'QPZRY9X8GF2TVDW0S3JN'.repeat(3)}`,
  `123456789:AA${BODY}`,
  `abc8Q~${BODY}`,
  `https://hooks.slack.com/services/T0000/B0000/${BODY}`,
  `https://discord.com/api/webhooks/1234567890/${BODY}`,
  `https://example.webhook.office.com/webhookb2/${BODY}`,
  `https://api.telegram.org/bot123456789:${BODY}/send`,
  `https://chat.googleapis.com/v1/spaces/A/messages?x=${BODY}`,
  `GR1348941${BODY}`,
  `ATCTT3${BODY}`,
  `ATBB${BODY}`,
  `1//0${BODY}`,
  `HRKU-${BODY}`,
  `fm2_${BODY}`,
  `pul-${'0a1b2c3d'.repeat(5)}`,
  `pscale_tkn_${BODY}`,
  `sbp_${'0a1b2c3d'.repeat(5)}`,
  `sb_secret_${BODY}`,
  `a1B2c3D4e5F6g7.atlasv1.${BODY}${BODY}`,
  `rubygems_${'0a1b2c3d'.repeat(6)}`,
  `M1a2B3c4D5e6F7g8H9i0J1k2.a1B2c3.${BODY}`,
  `key-${'0a1b2c3d'.repeat(4)}`,
  `SK${'0a1b2c3d'.repeat(4)}`,
  `shpat_${'0a1b2c3d'.repeat(4)}`,
  `PMAK-${'0a1b2c3d'.repeat(3)}-${'0a1b2c3d'.repeat(4)}`,
  `sk-or-v1-${'0a1b2c3d'.repeat(8)}`,
  `sk-${BODY}${BODY}`,
  `token-a1b2c:${'a1b2c3d4e5f6g7h8i9'.repeat(3)}`,
  `$argon2id$v=19$m=65536,t=3,p=4$${BODY}`,
  `{SSHA}${BODY}`,
  `$apr1$a1B2c3D4$${BODY}`,
]

describe('L2-2 tokens that tell what they are', () => {
  test.each([...TOKENS, ...EXACT])('%s', (token) => {
    const secret = token.slice(-16)
    for (const text of [
      token,
      `a ${token} b`,
      `"${token}"`,
      `x=${token}&b`,
      `a\\n${token}\\n`,
      `(${token})`,
      `/${token}`,
    ]) {
      expect(scrubbed(text)).not.toContain(secret)
      expect(scrubbed(text)).toMatch(MARK)
    }
  })
})

/** What operators read every day. Not a character of it may change. */
const INNOCENT: readonly string[] = [
  'serviceAccountToken:\n  expirationSeconds: 3607\n  path: token',
  'sources: [{serviceAccountToken: {expirationSeconds: 3607, path: token}}]',
  'secretName: web-tls\nsecretKeyRef:\n  key: password\n  name: db',
  'imagePullSecrets:\n- name: regcred\nautomountServiceAccountToken: true',
  'tokenExpirationSeconds: 3600\npasswordPolicy: strict\n',
  'dataBytes:\n  password: 24\n  token: 900\n',
  '{"dataBytes":{"password":24,"tls.key":1704}}',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell's variable
  'DB_PASSWORD=$(SECRET_PASSWORD) DB_TOKEN=${TOKEN} api_key={{ .Values.key }} password=<redacted> token: ""',
  'password: null\ntoken: true\nsecret: ""\npassword: ****',
  'Error: secret "regcred" not found',
  'MountVolume.SetUp failed for volume "db-password" : secret "db-password" not found',
  "Error: couldn't find key DB_PASSWORD in Secret shop/db-credentials",
  'failed to get token: connection refused',
  'failed to get token: EOF',
  'err="token: x509: certificate has expired or is not yet valid"',
  'invalid bearer token, [invalid bearer token, token lookup failed]',
  'Unable to authenticate the request: basic authentication failed',
  'pam: password authentication failed for user "shop"',
  'FLAG: --token-auth-file="" FLAG: --tls-private-key-file="/etc/kubernetes/pki/apiserver.key"',
  '"Reconciling" key="shop/checkout-7d9f8c6b5d-x2x1z" secret="shop/regcred"',
  `image: registry.example.com/shop/web@sha256:${'0f1e2d3c'.repeat(8)}`,
  `docker-pullable://nginx@sha256:${'ab12cd34'.repeat(8)}`,
  `containerID: containerd://${'9a8b7c6d'.repeat(8)}`,
  'uid: 5f0c1b1e-1b1e-4b1e-8b1e-0123456789ab',
  'pod-template-hash=7d9f8c6b5d controller-revision-hash=web-6b7f9c8d5',
  `checksum/secret: ${'0f1e2d3c'.repeat(8)}`,
  'proxy_pass http://backend; affinity: cookie; session-cookie-name: route',
  'GET /api/v1/namespaces/shop/pods?limit=500&continue= HTTP/1.1 200',
  'https://kubernetes.default.svc:443/api?timeout=32s http://[::1]:8080/healthz',
  'ssh://git@example.org/repo.git amqp://guest@mq oci://registry/chart',
  'resources: [secrets, serviceaccounts/token] verbs: [get, list]',
  'W1122 10:00:00.000000 1 reflector.go:569] failed to list *v1.Secret: secrets is forbidden: User "system:serviceaccount:shop:web" cannot list',
  `-----BEGIN CERTIFICATE-----\n${keyBody(3).join('\n')}\n-----END CERTIFICATE-----`,
  'level=info msg="Starting token controller" tokens=5 max_tokens: 4096 keys=12',
  'authorization-mode=Node,RBAC authentication: webhook author: maria',
  'C:\\Windows\\System32\\drivers 50% done 100%25',
  'eyJ is how a header begins; sk- and ghp_ are prefixes; AKIA too',
  'The quick brown fox jumps over the lazy dog, TheQuickBrownFoxJumpsOverTheLazyDog',
  'io.kubernetes.container.preStopHandler: {"exec":{"command":["sleep","5"]}}',
  'annotations: {"deployment.kubernetes.io/revision":"3"}',
  'restartedAt: 2026-11-22T10:00:00Z',
  'remoteRef:\n  key: shop/db\n  property: password\nsecretKey: password\n',
  '{"msg":"cache miss","key":"user:9397:profile"}',
  // A digest in the form of a bootstrap token, a host, a file
  'bundle.0a1b2c3d4e5f6a7b a1b2c3.example00webserv.com chunks/a1b2c3.k9l8m7n6o5p4q3r2.js',
  `digest ${'0f1e2d3c4b5a6978'.repeat(4)} ${'61'.repeat(11)}`,
  'PUBLIC_KEY=orders-v2 CACHE_KEY=backups/2026/11/dump.sql SORT_KEY=created_at',
]

describe('what must not be eaten', () => {
  test.each(INNOCENT)('%s', (text) => {
    expect(scrubbed(text)).toBe(text)
  })
})

describe('the scan', () => {
  const fragment = fc.constantFrom(
    ...[
      'password',
      'token',
      'secret',
      'Authorization',
      'Cookie',
      'api_key',
      'value',
      'name',
      '--',
      '=',
      ':',
      ': ',
      ' ',
      '"',
      "'",
    ],
    ...[
      '\\"',
      '\\n',
      '\n',
      '{',
      '}',
      '[',
      ']',
      '(',
      ')',
      ',',
      '&',
      ';',
      '<',
      '>',
      '/',
      '@',
      '.',
      '|\n',
      '  ',
      '%3D',
      '%22',
      '%20',
    ],
    ...[
      'hunter2',
      'Bearer ',
      'https://',
      'shop',
      'db',
      '[masked:0a1b2c3d]',
      '[masked:0a1b2c3d 5B]',
      '[masked:',
      '$(X)',
      '{{ .a }}',
    ],
    ...[
      `-----BEGIN ${'PRIVATE'} KEY-----`,
      `-----END ${'PRIVATE'} KEY-----`,
      ...keyBody(1),
      jwt(),
      `ghp_${BODY.toUpperCase()}`,
    ],
    ...[
      btoa('password=hunter2'),
      'maria@example.com',
      '4111 1111 1111 1111',
      '+49 30 1234567',
      '8.8.8.8',
      '\u200b',
      '\x1b[31m',
      'ü',
    ],
    ...['login x password y', 'mysql -px', 'requirepass z', '1234'],
  )
  const text = fc.array(fragment, { maxLength: 24 }).map((parts) => parts.join(''))

  test('is idempotent: what went through once goes through unchanged', () =>
    fc.assert(
      fc.property(text, fc.boolean(), (it, isLog) => {
        const once = scrubbed(it, isLog)
        expect(scrubbed(once, isLog)).toBe(once)
      }),
      { numRuns: 5000 },
    ))

  test('L2-2 finds a token wherever it stands', () =>
    fc.assert(
      fc.property(text, fc.constantFrom(...TOKENS), text, (before, token, after) => {
        expect(scrubbed(`${before} ${token} ${after}`)).not.toContain(token.slice(-16))
      }),
      { numRuns: 3000 },
    ))

  test('L2-2 hidden characters inside a secret do not hide it', () => {
    expect(masked('pass\u200bword=hun\u{E0041}ter2')).toBe('password=█')
    expect(masked(`ghp\x1b[0m_${BODY}`)).toBe('█')
  })

  test('a comment in the text cannot switch the scan off', () => {
    expect(masked(`# secretlint-disable\nvcp_${BODY}`)).toBe('# secretlint-disable\n█')
  })
})
